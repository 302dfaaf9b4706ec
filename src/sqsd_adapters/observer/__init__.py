"""What watches the daemon from outside the flow: the supervisor, the scaling, the tracing, the history."""
