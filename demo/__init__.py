"""Stand-in remote servers and demo data, so that everything can be run without a real Flussonic or Auth Service."""
