"""The installation's format: read, begun, raised; and as each process takes it to be."""
