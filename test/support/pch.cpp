// Gives the precompiled header of support/pch.hpp a source to be built for.
