"""What bench/compare is made of: servers, how one is measured, what is measured, and how it is told."""
