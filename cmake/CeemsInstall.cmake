# make install: programs, systemd units, rules, sample configuration, man pages. Files of the operator are samples under
# share/, so that an upgrade never overwrites what was edited.
foreach(program IN ITEMS ceems_exporter ceems_api_server ceems_lb redfish_proxy cacct ceems_tool)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION bin)
  endif()
endforeach()
install(FILES deploy/systemd/ceems_exporter.service deploy/systemd/ceems_api_server.service deploy/systemd/ceems_lb.service
  deploy/systemd/redfish_proxy.service
  DESTINATION lib/systemd/system)
install(FILES deploy/systemd/ceems.sysusers DESTINATION lib/sysusers.d RENAME ceems.conf)
install(FILES deploy/systemd/ceems.tmpfiles DESTINATION lib/tmpfiles.d RENAME ceems.conf)
install(DIRECTORY deploy/prometheus/ DESTINATION share/ceems/prometheus)
install(DIRECTORY deploy/config/ DESTINATION share/ceems/config)
install(FILES README.md LICENSE CHANGELOG.md DESTINATION share/doc/ceems)
install(DIRECTORY docs/ DESTINATION share/doc/ceems/manual FILES_MATCHING PATTERN "*.md")
install(DIRECTORY docs/reference/man/ DESTINATION share/man/man1 FILES_MATCHING PATTERN "*.1")
