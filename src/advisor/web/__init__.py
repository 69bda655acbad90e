"""The web application: pages for people, an HTTP API for programs, on saved cases."""
