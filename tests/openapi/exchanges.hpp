#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>

/// Real exchanges with an operations port, and the judges of them, redocly and ajv, which share no code with
/// the gateway.
namespace loangate::described {

/// Calls whose answers need a whole gateway with its partners: profiles, files and documents of partners, an
/// installation, a clock that can be set. `whole_gateway_test` makes every one of them, `openapi_test` all
/// others.
inline const std::set<std::string> asked_of_a_whole_gateway{"GET /v1/profiles/{partner}",
                                                            "GET /v1/batches/{partner}/{id}",
                                                            "GET /v1/documents/{partner}/{sha256}",
                                                            "GET /v1/partners",
                                                            "GET /v1/partners/{id}",
                                                            "GET /v1/maintenance",
                                                            "GET /v1/system",
                                                            "GET /v1/diagnostics",
                                                            "GET /v1/backups",
                                                            "PUT /v1/clock",
                                                            "POST /v1/partners/{id}/test",
                                                            "POST /v1/acts/partner.flow",
                                                            "POST /v1/acts/maintenance.entry",
                                                            "POST /v1/configuration/reload",
                                                            "POST /v1/backups"};

/// Acts that neither of them makes: their answers are looked at by the tests of what they do, as text.
inline const std::set<std::string> acts_of_other_tests{
    "POST /v1/session/second-factor", "PUT /v1/session/second-factor",
    "POST /v1/acts/opening.claim",    "POST /v1/acts/calendar.entry",
    "POST /v1/acts/alert.answer",     "POST /v1/proposals/rule.profile",
    "POST /v1/acts/profile.back",     "POST /v1/backtests"};

/// What a command prints where the judges lie, and whether it succeeded.
std::pair<bool, std::string> run(const std::string& command);

struct Judgement {
  int judged = 0;                     ///< exchanges; 0: the judge itself failed, and `said` says why
  int faults = -1;                    ///< answers and bodies that are not as they are described
  std::set<std::string> unseen = {};  ///< `GET /v1/…`: described, and not answered with success
  std::string said = {};              ///< one line for each fault
};

class Exchanges {
 public:
  /// `path` as the description writes it, with {names}; `got` is the answer's body.
  void note(std::string_view method, std::string_view path, unsigned status, std::string_view type,
            std::string_view sent, std::string_view got);
  /// By the description that the gateway serves.
  Judgement judge() const;

 private:
  std::string lines_;
};

}  // namespace loangate::described
