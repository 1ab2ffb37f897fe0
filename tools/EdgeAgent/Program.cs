return JamBox.Edge.Engine.GuardCommand.Run(args);
