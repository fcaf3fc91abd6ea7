#pragma once
#include <span>

#include "store/sqlite/connection.hpp"

namespace loangate::store {

/// Five journal rows of 2.9 KB fill a page of 16 KiB to nine tenths; in pages of 4 KiB each would have one to
/// itself.
inline constexpr int store_page_bytes = 8192;

/// `LGAT`: tells our file from another program's.
inline constexpr std::int64_t application_id = 0x4c474154;

/// The steps that lead from an empty file to today's schema: the first makes version 1, and so on. A step
/// that has been released is never changed; a new version is a new step.
std::span<const char* const> schema_steps();

/// Brings the file to the version of the last step, each step in a transaction with its version number: a
/// crash leaves a whole version, and the next start goes on from there. Throws SqliteError, also for a file
/// of another program or of a newer version than `steps` knows.
void migrate(Connection& connection, std::span<const char* const> steps);

/// Makes an empty store file that only its owner can read, unless it exists. Its page size and auto_vacuum
/// are set here, since they cannot be set later without rewriting the file. Nobody in this process may have
/// the file open: closing it again would drop SQLite's lock. Throws SqliteError.
void create_file(const std::filesystem::path& file, const std::string& vfs);

}  // namespace loangate::store
