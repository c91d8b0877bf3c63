"""A fit as values: parameters and a schema give a `FitPlan`; a plan and rows give a `FitResult`."""
