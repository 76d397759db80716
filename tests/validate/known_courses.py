"""Courses made by hand, so that what is read from them is tested without a model."""

import numpy as np

from lobule.simulation.courses import Courses


def courses(times, **of_each):
    """Courses of subjects that are given by numbers instead of a model, {subject: {output: values}}."""

    class Known(Courses):
        def __call__(self, subject, output):
            return np.asarray(of_each[subject][output], float)

    return Known(tuple(of_each), np.asarray(times, float), None, {})
