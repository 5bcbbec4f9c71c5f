#include <boost/math/distributions/students_t.hpp>

#include "tools/lab/statistics.hpp"

namespace reprise {

double students_t_quantile(double p, double degrees) {
  return boost::math::quantile(boost::math::students_t(degrees), p);
}

}  // namespace reprise
