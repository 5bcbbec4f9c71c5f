#include "replay/records.hpp"

namespace reprise {

namespace {

std::int64_t nanoseconds(Time time) {
  return time.time_since_epoch().count();
}

Time load_time(Decoder& in) {
  std::int64_t count = 0;
  in(count);
  return Time(Duration(count));
}

void save_digest(Encoder& out, const Digest& digest) {
  out(digest.high, digest.low);
}

Digest load_digest(Decoder& in) {
  Digest digest;
  in(digest.high, digest.low);
  return digest;
}

void save_root(Encoder& out, const std::optional<Digest>& root) {
  out(!root.has_value());
  if (root) save_digest(out, *root);
}

std::optional<Digest> load_root(Decoder& in) {
  bool absent = false;
  in(absent);
  if (absent) return std::nullopt;
  return load_digest(in);
}

void save_sha(Encoder& out, const Sha256& digest) {
  out.write(digest.data(), digest.size());
}

Sha256 load_sha(Decoder& in) {
  Sha256 digest;
  in.read(digest.data(), digest.size());
  return digest;
}

/// `input` as it stands in a journal, with its kind and payload from elsewhere.
void encode_row(Encoder& out, const Input& input, std::uint64_t kind, std::uint16_t version,
                std::span<const std::byte> payload) {
  REPRISE_ASSERT(input.seq.has_value());
  const bool remembered = input.resendable || !input.key.empty();
  out(nanoseconds(input.at), input.after, *input.seq, input.to, kind, version, input.producer,
      input.producer_seq, !remembered);
  if (remembered) out(input.key);
  out(static_cast<std::uint32_t>(payload.size()));
  out.write(payload.data(), payload.size());
}

}  // namespace

void encode_header(Encoder& out, const JournalHeader& header) {
  out(header.format_major, header.format_minor, header.semantics, header.schema, header.scenario,
      header.seed, header.overrides, !header.parent.has_value());
  if (!header.parent) return;
  save_sha(out, header.parent->header);
  save_sha(out, header.parent->inputs);
  out(header.parent->input_count, header.parent->step);
  save_digest(out, header.parent->prefix);
}

JournalHeader decode_header(Decoder& in) {
  JournalHeader header;
  in(header.format_major, header.format_minor, header.semantics);
  if (header.format_major != journal_format_major || header.semantics != journal_semantics) {
    throw DecodeError("a journal of format " + std::to_string(header.format_major) + "." +
                      std::to_string(header.format_minor) + ", semantics " +
                      std::to_string(header.semantics) + "; this program reads format " +
                      std::to_string(journal_format_major) + ", semantics " +
                      std::to_string(journal_semantics));
  }
  bool no_parent = false;
  in(header.schema, header.scenario, header.seed, header.overrides, no_parent);
  if (!no_parent) {
    ParentLink parent{.header = load_sha(in), .inputs = load_sha(in), .prefix = {}};
    in(parent.input_count, parent.step);
    parent.prefix = load_digest(in);
    header.parent = parent;
  }
  return header;
}

std::uint64_t journal_salt(std::span<const std::byte> header) {
  const Sha256 name = sha256(header);
  std::uint64_t salt = 0;
  Decoder in(std::span<const std::byte>(name).first(sizeof salt));
  in(salt);
  return salt;
}

void encode_input(Encoder& out, const Input& input) {
  Bytes payload;
  Encoder body(payload);
  input.payload.type().encode(input.payload.data(), body);
  encode_row(out, input, input.payload.type().id, input.payload.type().version, payload);
}

void encode_input(Encoder& out, const RecordedInput& recorded) {
  encode_row(out, recorded.input, recorded.kind, recorded.version, recorded.payload);
}

RecordedInput decode_input(Decoder& in) {
  RecordedInput recorded;
  Input& input = recorded.input;
  std::uint64_t seq = 0;
  std::uint32_t size = 0;
  bool not_remembered = false;
  input.at = load_time(in);
  in(input.after, seq, input.to, recorded.kind, recorded.version, input.producer,
     input.producer_seq, not_remembered);
  input.resendable = !not_remembered;
  if (input.resendable) in(input.key);
  in(size);
  input.seq = seq;
  recorded.payload = in.take(size);
  return recorded;
}

Input to_input(RecordedInput recorded, const Catalog& catalog) {
  const MessageType* type = catalog.message_by_id(recorded.kind, recorded.version);
  if (type == nullptr) {
    throw DecodeError("an input is of a kind or version that this program does not know");
  }
  Payload payload(*type);
  Decoder body(recorded.payload);
  type->decode(payload.data(), body);
  body.expect_end();
  recorded.input.payload = catalog.lifted(std::move(payload));
  return std::move(recorded.input);
}

void encode_checkpoint(Encoder& out, const Checkpoint& checkpoint) {
  out(checkpoint.step, nanoseconds(checkpoint.at));
  save_digest(out, checkpoint.prefix);
  save_root(out, checkpoint.root);
  out(static_cast<std::uint32_t>(checkpoint.trail.size()));
  out.write(checkpoint.trail.data(), checkpoint.trail.size());
}

RecordedCheckpoint decode_checkpoint(Decoder& in) {
  RecordedCheckpoint checkpoint;
  std::uint32_t size = 0;
  in(checkpoint.step);
  checkpoint.at = load_time(in);
  checkpoint.prefix = load_digest(in);
  checkpoint.root = load_root(in);
  in(size);
  const auto trail = in.take(size);
  checkpoint.trail.resize(trail.size());
  if (!trail.empty()) std::memcpy(checkpoint.trail.data(), trail.data(), trail.size());
  return checkpoint;
}

void encode_seal(Encoder& out, const Seal& seal) {
  out(seal.end, nanoseconds(seal.limit.until), seal.limit.steps, seal.step, nanoseconds(seal.at));
  save_digest(out, seal.prefix);
  save_root(out, seal.root);
  out(seal.failure, seal.inputs, seal.inputs_beyond, seal.checkpoints, seal.keyframes, seal.events);
  save_sha(out, seal.identity);
}

Seal decode_seal(Decoder& in) {
  Seal seal;
  in(seal.end);
  seal.limit.until = load_time(in);
  in(seal.limit.steps, seal.step);
  seal.at = load_time(in);
  seal.prefix = load_digest(in);
  seal.root = load_root(in);
  in(seal.failure, seal.inputs, seal.inputs_beyond, seal.checkpoints, seal.keyframes, seal.events);
  seal.identity = load_sha(in);
  return seal;
}

}  // namespace reprise
