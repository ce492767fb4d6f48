"""The processes of Interlock: the API, the worker, and the parent of the embedded mode."""
