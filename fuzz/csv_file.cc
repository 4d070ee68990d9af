// Takes the input for a CSV file. What is read must be text, and must be read again when it is written out with every
// field quoted. The first byte chooses the delimiter.
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "data/internal/csv_reader.h"
#include "target.h"

namespace gyre::fuzz {
namespace {

using Record = std::vector<std::string>;

void Expect(bool holds, const char* what) {
  if (holds) return;
  fmt::print(stderr, "does not hold: {}\n", what);
  std::abort();
}

/// A file in memory only.
class File {
 public:
  explicit File(std::string_view bytes) : fd_(memfd_create("fuzz", 0)) {
    Expect(write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "memory holds the input");
  }
  ~File() { close(fd_); }
  std::filesystem::path path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  const int fd_;
};

/// Nothing if the file is refused.
std::optional<std::vector<Record>> Read(std::string_view bytes, std::optional<char> delimiter) {
  const File file(bytes);
  auto reader = data::internal::CsvReader::Open(file.path(), delimiter);
  if (!reader) return std::nullopt;
  std::vector<Record> records;
  std::vector<std::string_view> fields;
  uint64_t line = 0;
  while (true) {
    const auto more = reader->Next(fields);
    if (!more) {
      Expect(!more.error().message().empty(), "a refusal has a reason");
      return std::nullopt;
    }
    if (!*more) break;
    Expect(reader->line() > line, "lines count up");
    line = reader->line();
    for (const auto field : fields) {
      Expect(base::IsValidUtf8(field) && field.find('\0') == std::string_view::npos, "a field is text");
    }
    records.emplace_back(fields.begin(), fields.end());
  }
  Expect(reader->bytes_read() == bytes.size(), "the whole file was read");
  return records;
}

std::string Written(const std::vector<Record>& records, char delimiter) {
  std::string text;
  for (const auto& record : records) {
    for (size_t i = 0; i < record.size(); ++i) {
      if (i > 0) text += delimiter;
      text += '"';
      for (const char c : record[i]) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

}  // namespace

int FuzzOne(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr std::string_view kDelimiters = ",;\t|";
  const size_t choice = data[0] % 5;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto records = choice == 4 ? Read(bytes, std::nullopt) : Read(bytes, kDelimiters[choice]);
  if (records) Expect(Read(Written(*records, ';'), ';') == records, "what was read is read again");
  return 0;
}

}  // namespace gyre::fuzz
