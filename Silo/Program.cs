using MetaCollector.Silo.CommandLine;

CliCommand[] commands = [RunCommand.Command, WatchCommand.Command, InspectCommand.Command, VersionCommand.Command];
return await Cli.RunAsync(args, [.. commands, CompletionCommand.Of(commands)]);
