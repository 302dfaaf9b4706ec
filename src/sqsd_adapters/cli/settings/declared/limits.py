"""The longest durations that variables accept."""

from sqsd_core.limits import MAX_VISIBILITY

HALF_DAY = MAX_VISIBILITY  # SQS hides a message for 12 hours at most, so no wait needs to be longer
YEAR = 31_536_000.0  # seconds; a longer duration is a typing error
