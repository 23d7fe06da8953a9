"""Where split tables come from: official annotation formats, folders of clips, and the built-in demo data.

A reader gives pandas DataFrames with the columns `video` (path relative to the dataset's root), `label` (index of the
class) and `group` (what must not be shared between splits). May be imported by dataset configs and by everything above;
imports only `errors` and `files`.
"""
