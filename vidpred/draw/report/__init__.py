"""report.html: a whole run on one self-contained page. `store` keeps what a run predicted; `page` needs only the run folder."""
