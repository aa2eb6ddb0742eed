"""The statistics of hotspots as the libraries of the field compute them, for `tests/hotspots.rs`.

Reads one JSON object from standard input (our own data and what is to be computed) and writes one to standard output.
Data sets of PySAL come with its wheel and are published there; nothing is downloaded.
"""

import json
import sys
import warnings

import numpy as np

warnings.filterwarnings("ignore")

import esda  # noqa: E402
import libpysal  # noqa: E402
import pymannkendall  # noqa: E402
from libpysal.weights import KNN, DistanceBand, Kernel, W  # noqa: E402
from scipy import stats  # noqa: E402
from sklearn.cluster import DBSCAN  # noqa: E402
from sklearn.neighbors import KernelDensity  # noqa: E402
from statsmodels.nonparametric.kernel_density import KDEMultivariate  # noqa: E402
from statsmodels.stats.multitest import fdrcorrection  # noqa: E402


def column(dbf, *names):
    return [np.array(dbf.by_col(name), dtype=float) for name in names]


def published():
    """Places and values of PySAL's example data, and the neighbours that some of them publish."""
    path, read = libpysal.examples.get_path, libpysal.io.open
    sets = {}
    x, y, v = column(read(path("columbus.dbf")), "X", "Y", "CRIME")
    sets["columbus"] = (x, y, v, read(path("columbus.gal")).read())
    x, y, v = column(read(path("baltim.dbf")), "X", "Y", "PRICE")
    sets["baltimore"] = (x, y, v, read(path("baltim_q.gal")).read())
    shapes = read(path("stl_hom.shp"))
    x, y = np.array([shape.centroid for shape in shapes]).T
    (v,) = column(read(path("stl_hom.dbf")), "HR8893")
    sets["st louis"] = (x, y, v, read(path("stl.gal")).read())
    shapes = read(path("sids2.shp"))
    x, y = np.array([shape.centroid for shape in shapes]).T
    (v,) = column(read(path("sids2.dbf")), "SIDR74")
    sets["sids"] = (x, y, v, read(path("sids2.gal")).read())
    return sets


def lists(w):
    """Neighbours and weights by position, in ascending order."""
    position = {name: at for at, name in enumerate(w.id_order)}
    return [sorted((position[other], weight) for other, weight in w[name].items()) for name in w.id_order]


def band_by_definition(points, threshold):
    """All within the distance: what libpysal's DistanceBand gives where no two places are one."""
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    near = apart <= threshold
    np.fill_diagonal(near, False)
    return W({at: np.flatnonzero(row).tolist() for at, row in enumerate(near)}, silence_warnings=True)


def weights_of(points, gal, distinct):
    nearest = np.sort(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)), axis=1)
    threshold = float(np.quantile(nearest[:, 6], 0.75)) * 1.0000003
    made = {"band": (DistanceBand(points, threshold, silence_warnings=True) if distinct
                     else band_by_definition(points, threshold), {"metres": threshold})}
    # libpysal breaks ties arbitrarily, so nearest ones are compared where there is none at the last of them.
    if distinct and (nearest[:, 5] < nearest[:, 6]).all():
        made["nearest"] = (KNN(points, k=5), {"k": 5})
    if distinct and (nearest[:, 6] < nearest[:, 7]).all():
        for function in ["triangular", "quartic", "gaussian"]:
            made[f"{function} nearest"] = (Kernel(points, fixed=False, k=6, function=function), {"k": 6})
    for function in ["triangular", "quartic", "gaussian"]:
        fixed = Kernel(points, bandwidth=[threshold] * len(points), function=function)
        made[f"{function} fixed"] = (fixed, {"metres": threshold})
    if gal is not None:
        made["published"] = (gal, {})
    return made


def numbers(array):
    """A list with None for what is not finite."""
    return [float(value) if np.isfinite(value) else None for value in np.asarray(array, dtype=float).flatten()]


def chances(simulated, observed):
    """One-sided chances as esda counts them, and two-sided ones in which both tails count their ties.

    They are counted here, with a tolerance: esda compiles its simulations with fast arithmetic, in which equal sums come out
    larger or smaller by their last bit, so its own p_sim counts ties at random.
    """
    simulated, observed = np.asarray(simulated), np.asarray(observed)
    rounding = 1e-10 * np.abs(simulated).max(axis=0)
    at_least = (simulated >= observed - rounding).sum(axis=0)
    at_most = (simulated <= observed + rounding).sum(axis=0)
    count = simulated.shape[0]
    directed = (np.minimum(at_least, count - at_least) + 1) / (count + 1)
    return {"p_sim": numbers(directed),
            "p_two_sided": numbers(np.minimum(1, 2 * (np.minimum(at_least, at_most) + 1) / (count + 1)))}


def local_g(y, w, transform, star, permutations):
    g = esda.G_Local(y, w, transform=transform, star=star, permutations=permutations, n_jobs=1, seed=7)
    out = {"g": numbers(g.Gs), "z": numbers(g.Zs), "p_one_sided": numbers(g.p_norm)}
    if permutations:
        total = y.sum() - (0 if star else y)
        out |= chances(g.sim, g.Gs)
        out |= {"mean_sim": numbers(g.EG_sim * total), "sd_sim": numbers(g.seG_sim * total)}
    return out


def z_of_ord_and_getis(y, w, star):
    """The z-score for any weights, written out from Ord and Getis (1995), eqs. 14 and 15."""
    dense = w.full()[0]
    if not star:
        np.fill_diagonal(dense, 0)
    out = []
    for at, row in enumerate(dense):
        keep = np.ones(len(y), bool)
        keep[at] = star
        x, n = y[keep], keep.sum()
        s = np.sqrt((x**2).mean() - x.mean() ** 2)
        spread = s * np.sqrt((n * (row**2).sum() - row.sum() ** 2) / (n - 1))
        out.append((row @ y - x.mean() * row.sum()) / spread if spread > 0 else np.nan)
    return numbers(out)


def local_moran(y, w, permutations):
    m = esda.Moran_Local(y, w, transformation=w.transform, permutations=permutations, n_jobs=1, seed=7)
    out = {"i": numbers(m.Is), "quadrant": [int(q) for q in m.q],
           "expected": numbers(m.EIc), "variance": numbers(m.VIc)}
    if permutations:
        out |= chances(m.sim, m.Is) | {"mean_sim": numbers(m.EI_sim), "sd_sim": numbers(m.seI_sim)}
    return out


def moran(y, w, permutations):
    np.random.seed(7)
    m = esda.Moran(y, w, transformation=w.transform, permutations=permutations)
    return {"i": m.I, "expected": m.EI, "variance_normal": m.VI_norm, "p_normal": m.p_norm, "variance_random": m.VI_rand,
            "p_random": m.p_rand, "z": m.z_rand, "p_sim": m.p_sim, "mean_sim": m.EI_sim, "sd_sim": m.seI_sim}


def spatial(points, y, gal, permutations):
    """Everything that esda says of one data set under each kind of weights."""
    distinct = len(np.unique(points, axis=0)) == len(points)
    out = {"x": points[:, 0].tolist(), "y": points[:, 1].tolist(), "value": y.tolist(), "weights": {}}
    for name, (w, options) in weights_of(points, gal, distinct).items():
        is_kernel = "nearest" != name and name.split()[0] in ["triangular", "quartic", "gaussian"]
        one = {"options": options, "lists": lists(w), "islands": sorted(w.id_order.index(i) for i in w.islands)}
        # Simulations are compared where they differ in kind: equal weights, unequal weights.
        count = permutations if name in ["band", "published", "gaussian fixed"] else 0
        if is_kernel:
            one["z"] = z_of_ord_and_getis(y, w, True)
            one["z_without_own"] = z_of_ord_and_getis(y, w, False)
            one["moran"] = local_moran(y, w, 0)
            if count:
                w.transform = "R"
                standardised = esda.G_Local(y, w, transform="R", star=None, permutations=count, n_jobs=1, seed=7)
                one["g_standardised"] = chances(standardised.sim, standardised.Gs) | {
                    "g": numbers(standardised.Gs),
                    "mean_sim": numbers(standardised.EG_sim * y.sum()), "sd_sim": numbers(standardised.seG_sim * y.sum()),
                }
        else:
            one["gi"] = local_g(y, w, "B", False, count)
            one["gi_star"] = local_g(y, w, "B", True, count)
            one["gi_standardised"] = local_g(y, w, "R", False, 0)
            w.transform = "R"
            one["moran"] = local_moran(y, w, count)
            one["global"] = moran(y, w, permutations)
            w.transform = "O"
        out["weights"][name] = one
    return out


def q_values(p):
    return fdrcorrection(np.array(p))[1].tolist()


def trend(series):
    x = np.array([np.nan if value is None else value for value in series], dtype=float)
    known = pymannkendall.original_test(x)
    slopes = [(x[b] - x[a]) / (b - a) for a in range(len(x)) for b in range(a + 1, len(x))]
    return {"s": float(known.s), "variance": float(known.var_s), "z": float(known.z), "p": float(known.p),
            "tau": float(known.Tau), "slope": float(np.nanmedian(slopes)),
            "slope_without_gaps": None if np.isnan(x).any() else float(known.slope)}


def density(points, weights, at, bandwidths):
    points, weights, at = np.array(points), np.array(weights), np.array(at)
    out = {"gaussian": []}
    for h in bandwidths:
        tree = KernelDensity(kernel="gaussian", bandwidth=h).fit(points, sample_weight=weights)
        out["gaussian"].append(np.exp(tree.score_samples(at)).tolist())
    equal = KDEMultivariate(points, "cc", bw=[bandwidths[0]] * 2)
    out["statsmodels"] = equal.pdf(at).tolist()
    # scipy's bandwidth is a matrix, a number of metres only where the places spread alike in all directions: these do.
    turned = np.concatenate([points, points @ [[0, 1], [-1, 0]], -points, points @ [[0, -1], [1, 0]]])
    kde = stats.gaussian_kde(turned.T, bw_method="silverman", weights=np.tile(weights, 4))
    out["turned"] = turned.tolist()
    out["turned_density"] = kde(at.T).tolist()
    out["turned_bandwidth"] = float(np.sqrt(kde.covariance[0, 0]))
    out["scott"] = float(np.sqrt(stats.gaussian_kde(turned.T, bw_method="scott", weights=np.tile(weights, 4)).covariance[0, 0]))
    return out


def likelihood_bandwidth(points):
    """The best single bandwidth by leave-one-out likelihood and by least squares, found by scipy from statsmodels' criteria."""
    from scipy.optimize import minimize_scalar

    points = np.array(points)
    kde = KDEMultivariate(points, "cc", bw=[1, 1])
    spread = np.sqrt(points.var(axis=0, ddof=1).mean()) * len(points) ** (-1 / 6)
    bounds = (np.log(spread / 4), np.log(spread * 2))
    options = {"xatol": 1e-7}
    likelihood = minimize_scalar(lambda log: kde.loo_likelihood(np.exp([log, log]), np.log), bounds=bounds, method="bounded",
                                 options=options)
    squares = minimize_scalar(lambda log: kde.imse(np.exp([log, log])), bounds=bounds, method="bounded", options=options)
    return {"likelihood": float(np.exp(likelihood.x)), "least_squares": float(np.exp(squares.x))}


def clusters(points, weights, reach, least):
    found = DBSCAN(eps=reach, min_samples=int(least)).fit(np.array(points), sample_weight=np.array(weights))
    return {"labels": found.labels_.tolist(), "cores": found.core_sample_indices_.tolist()}


def main():
    asked = json.load(sys.stdin)
    count = asked["permutations"]
    sets = {name: spatial(np.column_stack([x, y]), v, gal, count) for name, (x, y, v, gal) in published().items()}
    for name, own in asked["sets"].items():
        sets[name] = spatial(np.column_stack([own["x"], own["y"]]), np.array(own["value"], float), None, count)
    answer = {
        "sets": sets,
        "q": [q_values(p) for p in asked["p"]],
        "trends": [trend(series) for series in asked["series"]],
        "density": density(**asked["density"]),
        "bandwidth": likelihood_bandwidth(asked["density"]["points"]),
        "clusters": [clusters(**one) for one in asked["clusters"]],
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
