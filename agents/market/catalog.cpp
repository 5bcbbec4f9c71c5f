#include "agents/market/catalog.hpp"

#include "agents/market/depth_book.hpp"
#include "agents/market/earlier_messages.hpp"
#include "agents/market/market_maker.hpp"
#include "agents/market/momentum_trader.hpp"
#include "agents/market/noise_trader.hpp"
#include "agents/market/order_book.hpp"
#include "agents/market/tape_trader.hpp"

namespace reprise::market {

void add_market(Catalog& catalog) {
  catalog.add<OrderBook>("order_book");
  catalog.add<MarketMaker>("market_maker");
  catalog.add<MomentumTrader>("momentum_trader");
  catalog.add<NoiseTrader>("noise_trader");
  catalog.add<DepthBook>("depth_book");
  catalog.add<TapeTrader>("tape_trader");
  catalog.upcast<HaltV1, Halt>(lifted);
}

}  // namespace reprise::market
