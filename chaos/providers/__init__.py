"""Who makes clusters: embedded, kind, or one that is there already."""
