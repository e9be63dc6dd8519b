"""Views of the desk: pages and fragments (``desk``, ``conversation``), actions (``messages``, ``assignment``), live
supervision (``supervision``, ``agents``)."""
