"""The composition root: builds the objects, imports only what is used, and opens nothing."""
