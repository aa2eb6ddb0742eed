//! langxanh: the spatial service with which a city reviews its industrial clusters and craft villages.
//!
//! # Layout
//!
//! Data flows one way: **register → assess → publish → serve**.
//!
//! ```text
//!  files ──► transfer ──► store ──► publish ──► api ──► clients
//!  sample ───────────────►  ▲         │  ▲       │
//!                        (history)    │  │       └── ogc (documents), tile (pure)
//!                                     │  └── compliance (pure)
//!  cli starts each of them            └── filter, query (pure)
//! ```
//!
//! | module | what it does | what it never does |
//! |---|---|---|
//! | [`geom`] | reference systems, WKB, GeoJSON text, transformation | measure in degrees |
//! | [`text`] | search keys, Vietnamese order, legacy encodings | guess in silence |
//! | [`domain`] | the one declaration of every collection | IO, wire formats |
//! | [`filter`] | CQL2: read, checked against a collection, evaluated over columns | know HTTP or a store; cast types |
//! | [`access`] | who may do what: roles, grants, tokens, the decision with its reason | IO; look at the clock; let in by default |
//! | [`query`] | bbox, datetime, order, form and cursors as types | know a store |
//! | [`compliance`] | rules and limits against the facts of a site | IO; take unknown for met |
//! | [`hotspot`] | how hard sites press, and where that gathers in space, in time and along the water | IO; measure in degrees; take unknown for nothing |
//! | [`plan`] | a 1/500 drawing taken in; a plan against rules, tolerances and what is built | IO; assume a zone, a unit or a use; call a thing on record that is not |
//! | [`dossier`] | a review as a PDF at true scale, from memory alone | IO; read a text as markup; look at the clock |
//! | [`report`] | the month of the city or a district in numbers: pages, PDF, workbook | IO; count by rules of its own; call unknown met |
//! | [`store`] | registers and their history: GeoPackage, PostGIS, memory; rows that stay in a database ([`store::remote`]) | know rules or requests |
//! | [`edit`] | what clients send, against the declaration | IO; transform what came as surveyed; write what did not change |
//! | [`publish`] | joins, assesses and seals a [`publish::Snapshot`] | change a register |
//! | [`tile`] | features as vector tiles, by stated rules | IO; lose a feature without a word |
//! | [`ogc`] | the documents of OGC API | know HTTP |
//! | [`notify`] | tells of changes to addresses that the operator has named | take an address from a visitor; tell what stands in a row; keep anybody waiting |
//! | [`api`] | HTTP over the snapshot; hands what is written to the registrar | call GDAL or SQL, wait for a lock |
//! | [`transfer`] | import and export through GDAL | run inside a request |
//! | [`upload`] | files of strangers, read in a process of its own that can do nothing else | trust what that process says |
//! | [`sample`] | the bundled sample, seeded | look at the clock |
//! | [`config`], [`telemetry`], [`cli`] | what an operator sets; logs; one function for each command | |
//!
//! # Invariants
//!
//! - Arrows go down this list: `geom`, `text` → `domain` → `filter` → `query`, `compliance` → `hotspot`, `plan` → `dossier` → `report`; `plan` → `store` →
//!   `edit`, `publish` → `tile` → `ogc` → `api`, `notify`; `transfer` stands on `tile`, `upload` on `transfer`, `sample` on `store`; `cli` sees all. `tests/architecture.rs` holds the code
//!   against it.
//! - x is easting or longitude everywhere inside. The wire's axis order is decided in [`geom::crs`] alone.
//! - A coordinate is stored as surveyed and transformed on the way out alone: a survey that is asked for in its own system is
//!   served as it lies in the store. What a client draws in another system is transformed once, when it is written; a place
//!   that is sent back as it was served is left as it lies ([`edit`]).
//! - Unknown is an outcome of its own. An empty cell never becomes a value on the way to a rule.
//! - A legal number stands in `data/standards/` with document, article, dates and confidence, never in code.
//! - A snapshot is immutable and swapped in whole; a page is made from one snapshot. One that is made from the last and
//!   what changed since ([`publish::Publisher`]) is the one that reading the whole store makes, to the last byte.
//! - One thread writes and publishes ([`publish::registrar`]). A writer is answered when what was written is durable and served.
//! - SQL stands in `store`, `filter::sql` and `query::sql` (and where `transfer` looks into a GeoPackage or adds a style to one); values are bound, identifiers go through one quoting
//!   function.
//! - Who asks is told by the `Authorization` header alone. What is shown there and is not right is refused, never taken for nobody.
//! - No secret is kept, logged or printed: a token is shown once and its hash kept ([`access::Secret`]).
//! - GDAL is called in `transfer`, `geom::project` and `geom::curve` alone, never on the async runtime.
//!
//! # Decisions
//!
//! - **Items are served in row-number order behind a few leads** ([`query::cursor`]): clients guess field types from the
//!   first ten features, so rows that show rare fields come first; the cursor carries them. Price: a cursor is not only
//!   a number.
//! - **A body is a kept piece and a new end** (`api::sealed`): pages are compressed once although each answer has its own
//!   `timeStamp`. Price: three stream formats are closed by hand; property tests hold them against their decoders.
//! - **Surveyed and published places are both kept** where they differ (heights, VN-2000): no answer needs arithmetic that
//!   would lose the millimetre. Price: such collections hold their places twice, the survey packed to the last bit
//!   (`publish::collection::survey`) and unpacked whenever it is asked for.
//! - **Equal texts of a chunk are kept once** (`publish::texts`) where that takes less memory: a filter asks each of them once
//!   and the others in blocks, as bytes behind each other ([`filter`]). Price: a text is reached over one more step.
//! - **Files are written by whoever starts the service** ([`publish::files`]): the API orders a GeoPackage and knows no GDAL.
//!   Price: what a format cannot hold is known in two places.
//! - **Tiles are grouped, not thinned at random** ([`tile`]): what is smaller than a pixel is shown by the most important of
//!   it with the number of all. Vertices are rounded to the tile's grid and only straight ones dropped: shared borders
//!   stay shared without any topology. Price: outlines of low zooms keep more vertices than a smoother would leave.
//! - **What rounding lays onto itself is taken apart by a library** ([`geom::lattice`]): areas in tiles, and in items made
//!   coarser by `zoom-level`, are valid. Only areas that touch or cross themselves go through it, because looking is cheap
//!   and taking apart is not. Price: there a border may move by less than a step of the lattice.
//! - **A token belongs to one walk** (`api::params`): it carries a hash of what was asked for. Price: whoever changes a
//!   parameter on the way begins again.
//! - **Who writes waits for the snapshot** ([`publish::registrar`]): an answer means durable, served and assessed, so nobody reads
//!   behind his own back; writers that wait share one publishing. Price: an edit takes the milliseconds that publishing takes.
//! - **A version is that of the stored row** ([`publish::version`]): `If-Match` compares nothing else, since what is attached to a
//!   row changes by itself. Price: a validator has two parts.
//! - **What does not change is not judged** ([`edit`]): clients send whole features back, and an old fault of a row must not bar
//!   its other attributes. Price: editing alone never finds what is wrong already; `/compliance/quality` does.
//! - **rusqlite 0.40**: from 0.42 on it calls a function that Debian 12's SQLite (3.40) does not have, and SQLite must be
//!   the one copy that GDAL links.
//! - **The past is computed, not stored** ([`publish::history`]): a row's earlier states come from the store's history and
//!   hold from the date their source gives, else from the day they were written; what is dated after the day that is asked
//!   for is taken out. Reviews and registers of other days are made from the snapshot when they are asked for and kept in a
//!   bounded cache. Price: every changed row's earlier states lie in memory.
//! - **After is the next before** (`store::sql::record`): the history keeps rows as they were before a change; what a row was
//!   after one is read from the next entry or from the row. Price: a look into an index for each row that is shown.
//! - **A moment is a snapshot of its own** ([`publish::moment`]): the store as it was recorded, read through the same publisher, so that
//!   every resource answers for it. Price: as long as reading the registers the first time, and the memory of a few of them.
//! - **What is frozen is decided in the store** ([`domain::frozen`]), inside the transaction, row by row: no way in can forget it.
//! - **A chain over the history** ([`store::chain`]) covers each row before and the hash of the row after. Price: each row that is written
//!   is read once more and hashed; a head has to be kept elsewhere to find a chain that was made anew.
//! - **Triggers keep what other programs write** (`store::gpkg`): QGIS and GDAL know nothing of our history, so the file
//!   itself keeps each register row as it was, and which rows were touched. Price: a column of a register cannot be
//!   dropped while its triggers stand.
//! - **A change is published by what depends on it** (`publish::publisher`): rows lie in shared chunks, sites are assessed
//!   one by one, and a property test holds the outcome against a full run. Price: two ways to the same snapshot.
//! - **What is derived follows in a snapshot of its own** ([`publish::derived`]): registers and compliance are published at
//!   once after a change, statistics over the whole city a moment later, in a second snapshot. Until then the rows of the
//!   state before are served, each with the day it was computed for. Price: for that moment two states stand side by side.
//! - **What is not known widens a site's pressure** ([`hotspot::pressure`]): an index that took the unknown for nothing would
//!   reward silence. Statistics work with the middle of each interval. Price: that middle nobody has measured, so the class
//!   by each end stands beside it.
//! - **Triggers keep a journal of touched rows** (`store::gpkg`), so that edits by QGIS or GDAL are published as cheaply as
//!   our own. Price: writing costs a tenth more, and a program that knows SQLite but removes triggers has everything read.
//! - **Where a chunk of published rows ends follows from row numbers alone**: a change makes one chunk anew, and equal rows
//!   make equal chunks and versions whatever came before. Price: chunks differ in length.
//! - **Hotspots are counted as PySAL counts them, but for what misleads** ([`hotspot`]): z-scores hold for any weights, both tails
//!   of a permutation count their ties (most sites have no pressure, so ties abound), chances are two-sided. Random orders
//!   are one shared table of which each site takes what is not itself: thousands of them cost what one costs elsewhere.
//!   Price: chances of sites share their simulation error, and numbers differ from PySAL's where `tests/hotspots.rs` says why.
//! - **Drawings are read twice** ([`transfer::drawing`]): geometry comes from GDAL, which draws blocks, hatches and curves; fonts,
//!   raw text, names of blocks and the cost of drawing it all come from the tags ([`plan::drawing::tags`]), which GDAL keeps to itself.
//!   Binary DXF, which Debian 12's GDAL does not read, is rewritten as text on the way. Price: two readers of one format.
//! - **Loose lines are noded by ourselves** ([`plan::drawing::faces`]): overlay libraries move vertices to a grid of their own, and a
//!   plan keeps its millimetres. Price: some 400 lines, held against GEOS in the tests.
//! - **What is restricted is taken out once, at publish** ([`publish::veil`]): who has not signed in is answered from a second
//!   snapshot that shares all other chunks, and has a version of its own, so that no handler has to think of it and no cache
//!   mixes the two. What was concluded from all rows stays. Price: reading is open, or for everybody on record; there are
//!   not as many views as users.
//! - **A row is judged where it was and where it shall be** ([`access`]): a right to a district is one to what lies in it, found by
//!   following a row to its site. Unknown is outside. Price: somebody with one district cannot touch what has none on record.
//! - **A right token is let in from an address that failed too often** ([`access`]): nobody guesses 256 bits, and a lock that held
//!   for right ones would be a means to lock others out.
//! - **Files of strangers are read by a process of their own** ([`upload`]): it gives up files, network and other programs before it looks
//!   at the first byte, and what it says is checked again. Price: rows travel twice, and reading needs to be cut from the store.
//! - **Huge collections stay in the database** ([`publish::remote`]): a snapshot has their declaration, extent and version, and
//!   rows are asked for when somebody asks. They become a small collection of their own, so that every format is written by the
//!   one code. Price: such an answer may show a row that is newer than the version it names; the next one names it.
//! - **Of the registers lots and buildings may stay there too** ([`domain::catalog::LARGE`]), since no assessment reads them. A review
//!   of a plan asks for its own; which plans a change concerns follows from the numbers of the rows that were read for each
//!   ([`publish::plans`]), so that memory holds eight bytes of such a row. Price: other days of them, and of plans, are not to be had.
//! - **Who may not see a draft does not see its lots in the database**: the database is asked for those of other plans alone, and what
//!   comes is looked at again (`publish::remote`). Price: who sees some rows alone gets none in front of a walk.
//! - **A table divided by province keeps its ids beside it** (`data/postgis/partition.sql`): no index of PostgreSQL is unique over
//!   partitions without naming what they are divided by. Price: a second index over ids and numbers, and 34 looks where one is enough.
//! - **The database narrows, the evaluator decides** ([`filter::sql`]): SQL is true in at least the rows that match, and what
//!   comes back is asked again. Borders, letters and last bits are nowhere settled twice. Price: `numberMatched` is left out
//!   where SQL is not exact, counts beyond ten thousand, or is expected by the planner to count beyond twice as many; the
//!   standard allows that.
//! - **Tiles of the database are drawn here** and not by `ST_AsMVT`: the rows of a tile of 4,100 parcels came in 17 ms,
//!   `ST_AsMVT` took 51 to 130 ms for it (PostGIS 3.3, two cores), and would draw by other rules than [`tile`] states.
//!   Price: rows travel that are not drawn.
//! - **Low zooms of such tables are drawn of an overview** ([`tile::Folding`]): one walk through the table keeps what a square
//!   shows, and wider groups are made of these as of the rows themselves, so a tile is the one of a table that is held, to the
//!   byte, wherever its groups are as wide as the squares. It holds at most 1,500,000 parts (100 MB) of all tables together, and
//!   squares grow until it does. Price: it is of an earlier state for as long as a walk takes a twentieth of the time.
//! - **One SQL for two databases** ([`store::sql`]): changes, history, chain, users and all that stands beside the registers are
//!   written once, in what SQLite and PostgreSQL both understand; a [`store::sql::session::Session`] holds what differs. Price: the
//!   common subset, and PostgreSQL's tables of ours hold times as texts, as the chain seals them.
//! - **Who writes to a database is alone** ([`store::postgis`]): one advisory lock stands for all instances and, by triggers, for
//!   other programs, so that numbers, journal and chain stand in the order of commits. Price: writers take turns; a program
//!   that leaves a transaction open after writing holds up all of them, who give up after ten seconds.
//! - **A version says when there is an answer, not which** (`api::not_before`): whoever has written shows another instance how far it
//!   has to be, and waits. So neither caches nor answers vary by it. Price: an instance that has lost the database answers its
//!   editors with 503 for as long as they keep the version.
//! - **Instances judge for themselves, and one tells for all** ([`store::Store::stand_for_duty`]): verdicts follow from rows, rules and
//!   the day alone, so that equal instances agree without a word. What leaves the service, or is written without anybody
//!   having asked, is for the one that holds an advisory lock. Price: who is cut off learns a moment late that it is not that
//!   one any more, so messages come at least once, and not exactly once.
//! - **A store moves as rows and not as bytes** (`store::moving`): what another program wrote in a form of its own is written in
//!   ours, and the history says so. Price: such rows get one more version.
//! - **A database without one of the registers assesses nothing**: the others are served as plain tables, because what is concluded
//!   from a part of the facts may be wrong. Price: one altered table stops all assessment until it is mended.
//! - **The store's trait blocks**: publishing and importing are threads of their own, so PostGIS stands behind it with
//!   its own runtime.
//! - **A message is one text with both languages** ([`text::halves`]): it travels through errors, the pipe of the file reader and problem
//!   documents as it is, and a message within another keeps each language whole (`text::both!`). Price: what a file says may hold
//!   the sign between them, so both halves have to repeat it alike; `tests/architecture.rs` finds sentences of one language alone.
//!
//! # Known quirks, not to be copied
//!
//! - `Collection::title` carries both languages in one string where OGC documents have room for one.
//! - A GeoPackage that is not ours is served with row numbers as feature ids: stable as long as its owner keeps them.

pub mod geom;
pub mod text;

pub mod domain;

pub mod access;

pub mod filter;
pub mod query;

pub mod compliance;
pub mod hotspot;
pub mod plan;

pub mod dossier;
pub mod report;

pub mod store;

pub mod edit;

pub mod publish;

pub mod tile;

pub mod notify;
pub mod ogc;
pub mod qgis;

pub mod api;

pub mod sample;
pub mod transfer;
pub mod upload;

pub mod config;
pub mod telemetry;

pub mod cli;
