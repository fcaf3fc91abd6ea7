#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>

/// Real exchanges with an operations port, and the judges of them, redocly and ajv, which share no code with
/// the gateway.
namespace loangate::described {

/// Calls whose answers need a whole gateway with its partners: profiles, files and documents of partners, an
/// installation. `whole_gateway_test` makes every one of them, `openapi_test` all others: no GET is left.
inline const std::set<std::string> asked_of_a_whole_gateway{"/v1/profiles/{partner}",
                                                            "/v1/batches/{partner}/{id}",
                                                            "/v1/documents/{partner}/{sha256}",
                                                            "/v1/partners",
                                                            "/v1/partners/{id}",
                                                            "/v1/maintenance",
                                                            "/v1/system",
                                                            "/v1/diagnostics",
                                                            "/v1/backups"};

/// What a command prints where the judges lie, and whether it succeeded.
std::pair<bool, std::string> run(const std::string& command);

struct Judgement {
  int judged = 0;                     ///< exchanges; 0: the judge itself failed, and `said` says why
  int faults = -1;                    ///< answers and bodies that are not as they are described
  std::set<std::string> unseen = {};  ///< described GETs that were not answered with 200
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
