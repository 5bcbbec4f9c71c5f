#include "engine/event.hpp"

namespace reprise {

namespace {

void digest_order(Digester& digester, const Event& event) {
  digester(event.key.at.time_since_epoch().count(), event.key.hop, event.key.from, event.key.seq,
           event.to);
}

}  // namespace

Digest fold(const Digest& prefix, const Event& event, Mark mark) {
  Digester digester;
  digester(prefix.high, prefix.low);
  digest_order(digester, event);
  digester(mark, event.payload.type().id);
  event.payload.type().digest(event.payload.data(), digester);
  return digester.digest();
}

Digest digest_of(const Event& event) {
  Digester digester;
  digest_order(digester, event);
  digester(event.payload.type().id);
  event.payload.type().digest(event.payload.data(), digester);
  return digester.digest();
}

}  // namespace reprise
