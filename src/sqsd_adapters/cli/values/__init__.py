"""How values are written: durations, rates, URLs, headers, lists of statuses, secrets."""
