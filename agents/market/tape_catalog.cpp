#include "agents/market/tape_catalog.hpp"

#include "agents/market/depth_book.hpp"
#include "agents/market/tape_trader.hpp"

namespace reprise::market {

void add_tape(Catalog& catalog) {
  catalog.add<DepthBook>("depth_book").add<TapeTrader>("tape_trader");
}

}  // namespace reprise::market
