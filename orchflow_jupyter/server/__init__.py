"""Everything that touches Jupyter's server: who may do what, REST, and handing sockets over to the engine."""
