#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/condition.h"
#include "search/entity.h"
#include "search/internal/clause.h"
#include "search/internal/lexer.h"

namespace gyre::search::internal {

/// Recursive descent over one filter, as docs/formats/search.md writes it down. One filter, once.
class Parser {
 public:
  Parser(std::string_view filter, const Entity& entity) : entity_(entity), lexer_(filter) { Advance(); }

  base::Result<Condition> Whole();

 private:
  base::Result<Condition> Any(size_t depth);
  base::Result<Condition> All(size_t depth);
  base::Result<Condition> Term(size_t depth);
  base::Result<Condition> Comparison();
  base::Result<void> ReadComparator(WrittenClause& written);
  base::Result<void> ReadNullCheck(WrittenClause& written);
  base::Result<void> ReadValue(WrittenClause& written);
  base::Result<void> ReadList(WrittenClause& written);

  void Advance() { token_ = lexer_.Next(); }
  bool EndsTerms() const;
  base::Error Unexpected(std::string_view wanted) const;

  const Entity& entity_;
  Lexer lexer_;
  Token token_;
  size_t clauses_ = 0;
  size_t list_items_ = 0;
};

}  // namespace gyre::search::internal
