"""The local worker tier of ``sqsd dev``: the embedded SQS with fault switches, a record of each message, and a page."""
