#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/contract.hpp"
#include "tests/store/samples.hpp"

namespace loangate::store {
namespace {

class SqliteUnderTest final : public StoreUnderTest {
 public:
  std::unique_ptr<Store> open() override {
    auto store = open_sqlite(folder_.path(), {.low_water_bytes = 0});
    EXPECT_TRUE(store) << (store ? "" : store.error());
    return store ? *std::move(store) : nullptr;
  }

 private:
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         testing::Values(StoreMaker{"sqlite",
                                                    [] { return std::make_unique<SqliteUnderTest>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace loangate::store
