#pragma once

#include "engine/catalog.hpp"
#include "engine/codec.hpp"
#include "engine/input.hpp"
#include "replay/journal.hpp"

/// The records of a journal as canonical bytes, both ways. Decoding throws DecodeError.
namespace reprise {

void encode_header(Encoder& out, const JournalHeader& header);
JournalHeader decode_header(Decoder& in);

/// What every frame of a journal carries: the first 8 bytes of the SHA-256 of its encoded header.
std::uint64_t journal_salt(std::span<const std::byte> header);

void encode_input(Encoder& out, const Input& input);

/// An input as it stands in a journal: its kind may be unknown to this program.
struct RecordedInput {
  Input input;  ///< Without payload.
  std::uint64_t kind = 0;
  std::uint16_t version = 1;
  std::span<const std::byte> payload;  ///< Lies in the decoded bytes.
};
RecordedInput decode_input(Decoder& in);

/// What decode_input() reads as the same.
void encode_input(Encoder& out, const RecordedInput& recorded);

/// `recorded` with its payload in the present version of its kind. Throws DecodeError if `catalog`
/// does not know the kind, or the version.
Input to_input(RecordedInput recorded, const Catalog& catalog);

void encode_checkpoint(Encoder& out, const Checkpoint& checkpoint);
RecordedCheckpoint decode_checkpoint(Decoder& in);

void encode_seal(Encoder& out, const Seal& seal);
Seal decode_seal(Decoder& in);

}  // namespace reprise
