// The main function shared by all test programs.
#define BOOST_TEST_MODULE comcp
#include <boost/test/unit_test.hpp>
