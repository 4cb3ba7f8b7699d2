using MetaCollector.Silo.CommandLine;

return await Cli.RunAsync(args, RunCommand.Command, WatchCommand.Command, InspectCommand.Command, VersionCommand.Command);
