# The Debian package: what `cmake --install` puts where, and what CPack needs to know. `./dev package` builds it.
set(package_version ${PROJECT_VERSION}-1)
set(package_files ${CMAKE_CURRENT_LIST_DIR})
set(package_made ${CMAKE_BINARY_DIR}/package)

# gateway.yaml as a package has it: the same file, with the folders of an installation and without the simulated partners.
file(READ ${CMAKE_SOURCE_DIR}/config/gateway.yaml gateway_yaml)
function(in_gateway_yaml pattern replacement)
  string(REGEX REPLACE "${pattern}" "${replacement}" changed "${gateway_yaml}")
  if(changed STREQUAL gateway_yaml)
    message(FATAL_ERROR "config/gateway.yaml has no `${pattern}`: config/package/package.cmake must be adapted to it")
  endif()
  set(gateway_yaml "${changed}" PARENT_SCOPE)
endfunction()
in_gateway_yaml("\\.\\./adapters/partners" "partners            ")
in_gateway_yaml("\ncalendar: calendar\\.yaml" "\ncalendar: rulebook/calendar.yaml")
in_gateway_yaml("\nlpr: lpr\\.yaml" "\nlpr: rulebook/lpr.yaml")
in_gateway_yaml("  # These are the simulated partners[^\n]*\n  partners:\n(    [^\n]*\n)+" "  # partners:\n")
file(CONFIGURE OUTPUT ${package_made}/gateway.yaml CONTENT "${gateway_yaml}" @ONLY NEWLINE_STYLE UNIX)

file(CONFIGURE OUTPUT ${package_made}/changelog @ONLY CONTENT
"loangate (${package_version}) bookworm; urgency=medium

  * See README.md and gateway/decisions in the sources.

 -- Loangate maintainers <maintainers@loangate.invalid>  Sat, 21 Nov 2026 12:00:00 +0800
")
# Compressed as Debian wants it, and the same bytes each time.
function(compressed file name)
  execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${package_made}/${name} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
compressed(${package_made}/changelog changelog.Debian.gz)
compressed(${package_files}/loangate.1 loangate.1.gz)

install(TARGETS loangate RUNTIME DESTINATION bin)
install(FILES ${package_made}/gateway.yaml DESTINATION /etc/loangate)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/programmes DESTINATION /etc/loangate)
install(FILES ${package_files}/loangate.service DESTINATION /lib/systemd/system)
install(FILES ${package_files}/loangate.sysusers DESTINATION lib/sysusers.d RENAME loangate.conf)
install(FILES ${CMAKE_SOURCE_DIR}/config/calendar.yaml ${CMAKE_SOURCE_DIR}/config/lpr.yaml DESTINATION share/loangate/config)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/adapters/partners ${CMAKE_SOURCE_DIR}/adapters/bases DESTINATION share/loangate/adapters)
install(FILES ${CMAKE_SOURCE_DIR}/adapters/README.md DESTINATION share/loangate/adapters)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/sftp DESTINATION share/loangate USE_SOURCE_PERMISSIONS)
install(PROGRAMS ${CMAKE_SOURCE_DIR}/certs/make-dev-pki.sh DESTINATION share/loangate/certs)
install(FILES ${CMAKE_SOURCE_DIR}/certs/README.md DESTINATION share/loangate/certs)
install(FILES ${package_files}/copyright ${package_files}/README.Debian ${package_made}/changelog.Debian.gz
  ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/README.zh-CN.md DESTINATION share/doc/loangate)
install(FILES ${package_files}/loangate-backup.service ${package_files}/loangate-backup.timer ${package_files}/logrotate
  DESTINATION share/doc/loangate/examples)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/front-proxy DESTINATION share/doc/loangate/examples)
install(FILES ${package_made}/loangate.1.gz DESTINATION share/man/man1)
install(FILES ${package_files}/loangate.bash-completion DESTINATION share/bash-completion/completions RENAME loangate)
# What is said of alerts, metrics and failures, as far as it is there.
foreach(folder runbooks prometheus grafana)
  if(EXISTS ${CMAKE_SOURCE_DIR}/config/${folder})
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/config/${folder} DESTINATION share/loangate)
  endif()
endforeach()
# A profile's bases are looked for beside the folder of partners.
file(CREATE_LINK /usr/share/loangate/adapters/bases ${package_made}/bases SYMBOLIC)
install(FILES ${package_made}/bases DESTINATION /etc/loangate)

# Files of the administrator's: dpkg asks before it replaces one that was changed.
file(GLOB programmes RELATIVE ${CMAKE_SOURCE_DIR}/config CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/config/programmes/*)
list(TRANSFORM programmes PREPEND /etc/loangate/ OUTPUT_VARIABLE conffiles)
list(JOIN conffiles "\n" conffiles)
file(CONFIGURE OUTPUT ${package_made}/conffiles CONTENT "/etc/loangate/gateway.yaml\n${conffiles}\n" @ONLY)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME loangate)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR Loangate)
set(CPACK_PACKAGE_CONTACT "Loangate maintainers <maintainers@loangate.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "gateway between banks and a city's loan registry")
set(CPACK_PACKAGE_DESCRIPTION
"Takes banks' messages over mutual TLS in each bank's own format, holds them
to the rules of a loan programme, keeps them durably with all that follows,
answers with a receipt, and delivers notices and instructions to everyone
who must know.")
set(CPACK_PACKAGE_DIRECTORY ${package_made})
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# kill (for the reload), sysusers; openssl, for the keys that it is tried out with.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "procps, systemd | systemd-standalone-sysusers, openssl")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd, time-daemon")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "openssh-server, prometheus, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${package_files}/postinst ${package_files}/prerm ${package_files}/postrm ${package_made}/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
