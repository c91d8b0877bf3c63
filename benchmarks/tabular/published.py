"""Published figures on Adult (tables of arXiv 2603.23016, five seeds each), on another split.

Shape and trend: SDMetrics' quality report; XGB and LR: detection scores, 1 = cannot be told apart; MLE: AUC of trees
trained on synthetic rows and tested on real ones.
"""

COLUMNS = ("shape", "trend", "XGB", "LR", "MLE", "training, s", "sampling, s")
ADULT = {
    "CTGAN": (0.809, 0.758, 0.0001, 0.588, 0.862, 3798, 1.9),
    "TVAE": (0.762, 0.666, 0.0001, 0.229, 0.871, 1310, 1.2),
    "TabSyn": (0.992, 0.980, 0.794, 0.987, 0.910, 3083, 5.0),
    "TabDiff": (0.993, 0.985, 0.841, 0.990, 0.913, 11605, 10.8),
    "TabPC": (0.994, 0.986, 0.855, 0.996, 0.916, 273, 38.9),
    "independent columns": (0.996, 0.925, 0.016, 1.0, 0.516, 1.1, 0.5),
}
