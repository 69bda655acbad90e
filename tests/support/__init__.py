"""What tests share: servers and browsers, databases, yardsticks that work things out the slow way, pages that are generated."""
