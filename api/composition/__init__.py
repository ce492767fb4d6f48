"""Where ports meet adapters: a readable function for each kind of process. Tests call them too."""
