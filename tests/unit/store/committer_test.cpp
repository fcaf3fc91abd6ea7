#include "store/committer.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "store/sqlite/sqlite_store.hpp"
#include "tests/store/samples.hpp"

namespace loangate::store {
namespace {

using sample::bank;
using sample::filing;
using sample::message_id;

class CommitterTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_sqlite(folder_.path(), {.low_water_bytes = 0});
    ASSERT_TRUE(opened) << opened.error();
    store_ = *std::move(opened);
  }
  /// Submits a unit that is at work, on a thread of its own, until it is destroyed.
  class AtWork {
   public:
    explicit AtWork(Committer& committer)
        : thread_([this, &committer] {
            committer.submit(
                [this](const View&, Sequence) {
                  begun_.set_value();
                  gate_.get_future().wait();
                  return Writes{};
                },
                [](Committed) {});
          }) {
      begun_.get_future().wait();
    }
    ~AtWork() { gate_.set_value(); }

   private:
    std::promise<void> begun_;
    std::promise<void> gate_;
    std::jthread thread_;  // the last: it ends before the promises do
  };

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(CommitterTest, every_unit_is_answered_once_after_its_commit) {
  constexpr std::uint64_t threads = 4;
  constexpr std::uint64_t each = 200;
  std::atomic<std::uint64_t> answered{0};
  {
    Committer committer(*store_);
    std::vector<std::jthread> submitters;
    for (std::uint64_t t = 0; t < threads; ++t) {
      submitters.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < each; ++i) {
          committer.submit(filing(1, t * each + i, 1), [&](Committed result) {
            EXPECT_TRUE(result && result->has_value());
            EXPECT_GE(store_->last_sequence(), **result);
            ++answered;
          });
        }
      });
    }
    submitters.clear();
    committer.stop();
    EXPECT_EQ(answered, threads * each);
  }
  EXPECT_EQ(answered, threads * each);
  EXPECT_EQ(store_->last_sequence().number, threads * each);
}

TEST_F(CommitterTest, what_waits_while_a_group_commits_shares_the_next_commit) {
  Committer committer(*store_, 16);
  auto at_work = std::make_unique<AtWork>(committer);
  // All of these see one another: they are in one group, on top of what is committed.
  std::atomic<int> together{0};
  std::promise<void> done;
  for (std::uint64_t n = 1; n <= 16; ++n) {
    committer.submit(
        [&, n](const View& view, Sequence sequence) {
          if (n == 1 || (view.message(bank(1), message_id(n - 1)) && store_->last_sequence() == Sequence{0}))
            ++together;
          return filing(1, n, 1)(view, sequence);
        },
        [&, n](Committed) {
          if (n == 16) done.set_value();
        });
  }
  at_work.reset();
  done.get_future().wait();
  EXPECT_EQ(together, 16);
}

TEST_F(CommitterTest, a_whole_is_committed_in_its_turn_and_alone) {
  Committer committer(*store_);
  auto at_work = std::make_unique<AtWork>(committer);
  std::vector<std::string> order;
  std::promise<void> done;
  committer.submit(filing(1, 1, 1), [&](Committed) { order.emplace_back("before"); });
  committer.submit_whole(
      {filing(1, 2, 1), filing(1, 3, 1)},
      [&] {
        EXPECT_EQ(store_->last_sequence(), Sequence{1}) << "what came before it is committed";
        return true;
      },
      [&](Committer::Kept kept) {
        EXPECT_TRUE(kept && *kept);
        order.emplace_back("whole");
      });
  committer.submit(filing(1, 4, 1), [&](Committed result) {
    EXPECT_EQ(result->value(), Sequence{4});
    order.emplace_back("after");
    done.set_value();
  });
  at_work.reset();
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<std::string>{"before", "whole", "after"}));
}

TEST_F(CommitterTest, too_many_waiting_are_refused_as_busy) {
  Committer committer(*store_, 4, 3);
  auto at_work = std::make_unique<AtWork>(committer);
  for (std::uint64_t n = 0; n < 3; ++n)
    committer.submit(filing(1, n, 1), [](Committed result) { EXPECT_TRUE(result); });
  bool refused = false;
  committer.submit(filing(1, 3, 1), [&](Committed result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, StoreFault::Kind::busy);
    refused = true;
  });
  EXPECT_TRUE(refused) << "at once";
  at_work.reset();
  committer.stop();
  EXPECT_EQ(store_->last_sequence(), Sequence{3});
}

TEST_F(CommitterTest, a_unit_that_finds_nobody_at_work_is_committed_by_its_caller) {
  Committer committer(*store_);
  std::thread::id by;
  bool answered = false;
  committer.submit(
      [&](const View& view, Sequence sequence) {
        by = std::this_thread::get_id();
        return filing(1, 1, 1)(view, sequence);
      },
      [&](Committed result) { answered = result.has_value(); });
  EXPECT_TRUE(answered) << "before submit() returns";
  EXPECT_EQ(by, std::this_thread::get_id());
}

TEST_F(CommitterTest, stopping_commits_what_was_submitted_and_refuses_what_comes_after) {
  Committer committer(*store_);
  std::atomic<int> kept{0};
  for (std::uint64_t n = 0; n < 50; ++n)
    committer.submit(filing(1, n, 1), [&](Committed result) { kept += result.has_value(); });
  committer.stop();
  EXPECT_EQ(kept, 50);
  StoreFault::Kind kind = StoreFault::Kind::broken;
  committer.submit(filing(1, 99, 1), [&](Committed result) { kind = result.error().kind; });
  EXPECT_EQ(kind, StoreFault::Kind::stopping);
  EXPECT_EQ(store_->last_sequence(), Sequence{50});
}

TEST_F(CommitterTest, what_a_unit_or_an_answer_throws_goes_no_further) {
  Committer committer(*store_);
  std::promise<Committed> poisoned;
  std::promise<Committed> next;
  committer.submit([](const View&, Sequence) -> Writes { throw 42; },
                   [&](Committed result) {
                     poisoned.set_value(std::move(result));
                     throw std::runtime_error("and so does the answer");
                   });
  committer.submit(filing(1, 1, 1), [&](Committed result) { next.set_value(std::move(result)); });
  EXPECT_FALSE(poisoned.get_future().get());
  EXPECT_TRUE(next.get_future().get());
}

}  // namespace
}  // namespace loangate::store
