"""What stands in the control loop in the place of events and kinks, for models that have none: most of the loop is
about them, and need not be compiled."""

from __future__ import annotations

import math

from lobule.engine.solution import OK


def fire(b, l):
    """No event of the model happens (own_events.py)."""
    return OK


def earliest_waiting(b, l):
    """No event of the model waits (own_events.py)."""
    return math.inf


def next_switch(b, l, stop):
    """No comparison of time changes (switch_times.py)."""
    return math.inf


def cut(b, l, start):
    """No step crosses a kink (crossings.py)."""
    return False
