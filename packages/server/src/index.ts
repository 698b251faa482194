// The public surface of @koutu/server, by name.
