#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "store/store.hpp"

namespace loangate::store {

/// A place where a store can be opened, closed and opened again: what an implementation gives to be tested by
/// the contract suite.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  /// Opens what is there; the first time it is empty.
  virtual std::unique_ptr<Store> open() = 0;
};

/// The contract of store.hpp. Every implementation instantiates it:
///
///     INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(StoreMaker{…}));
struct StoreMaker {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

class StoreContract : public testing::TestWithParam<StoreMaker> {
 protected:
  void SetUp() override {
    place_ = GetParam().make();
    store_ = place_->open();
    ASSERT_NE(store_, nullptr);
  }
  void reopen() {
    store_.reset();
    store_ = place_->open();
    ASSERT_NE(store_, nullptr);
  }

  Store& store() { return *store_; }
  /// One unit alone; its sequence, which it must have.
  Sequence commit(Unit unit) {
    const auto results = store().transact({&unit, 1});
    EXPECT_EQ(results.size(), 1u);
    EXPECT_TRUE(results.front()) << (results.front() ? "" : results.front().error().what);
    return results.front().value().value_or(Sequence{});
  }
  /// What a unit sees now.
  void look(const std::function<void(const View&)>& at) {
    Unit unit = [&](const View& view, Sequence) {
      at(view);
      return Writes{};
    };
    ASSERT_TRUE(store().transact({&unit, 1}).front());
  }

 private:
  std::unique_ptr<StoreUnderTest> place_;
  std::unique_ptr<Store> store_;
};

}  // namespace loangate::store
