# The commands of the project. Each installs what it lacks first; a second run finds that done and goes straight on.

.DEFAULT_GOAL := help
.PHONY: help serve build test bench bench-country page

# One place for what is built, whatever the caller's environment says: target/release/langxanh is promised.
export CARGO_TARGET_DIR := $(CURDIR)/target
# Reference data that some tests read and that is not part of the repository.
export LANGXANH_SHARED ?= $(abspath ../shared)

PAGE_SOURCES := $(shell find static -type f -not -path 'static/node_modules/*' -not -path 'static/dist/*' -not -name '*.rs')

help:
	@echo 'make serve   chạy dịch vụ và in địa chỉ cần mở / run the service, it prints the address to open'
	@echo 'make build   tạo target/release/langxanh / leave target/release/langxanh'
	@echo 'make test    chạy mọi kiểm thử / run every test'
	@echo 'make bench   đo tốc độ công bố, lọc, thẩm tra, thống kê (bên cạnh PySAL, shapely), phục vụ (bên cạnh nginx) / measure publishing, filters, reviews, statistics beside PySAL and shapely, serving beside nginx'
	@echo 'make bench-country   đo 10 triệu thửa trên PostGIS bên cạnh TiPG, Martin, QGIS Server (khoảng nửa giờ, 15 GB) / 10,000,000 parcels on PostGIS beside TiPG, Martin, QGIS Server (about half an hour, 15 GB)'

serve: build
	@exec target/release/langxanh serve

build: page
	@cargo build --release --locked

test: page
	@.ci/setup.sh test
	@.ci/test.sh

bench-country: build
	@.ci/setup.sh country
	@cargo bench --locked --bench country

bench: build
	@.ci/setup.sh bench
	@cargo bench --locked --bench publish
	@cargo bench --locked --bench plans
	@cargo bench --locked --bench hotspots
	@cargo bench --locked --bench filter
	@cargo bench --locked --bench http

page:
	@.ci/setup.sh build
	@$(MAKE) --silent static/dist/index.html

# npm writes the hidden lock file last, so an interrupted installation is done again.
static/node_modules/.package-lock.json: static/package.json static/package-lock.json
	@cd static && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

static/dist/index.html: static/node_modules/.package-lock.json $(PAGE_SOURCES)
	@cd static && npm run --silent build -- --logLevel=warn
	@touch $@
