using System.CommandLine;
using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Users;

/// <summary><c>user list</c>.</summary>
internal static class ListCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand("list", "List users, and what they may.", "jambox user list") { server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            foreach (UserRow user in await client.ListAsync<UserRow>("api/users", stop).ConfigureAwait(false))
            {
                string grants = string.Join(", ", user.Grants.Select(static grant =>
                    $"{grant.Role} {grant.PlaceId?.ToString(CultureInfo.InvariantCulture) ?? "everywhere"}"));
                if (parsed.GetValue(json))
                {
                    terminal.Json(new { id = user.Id, email = user.Email, state = user.State, grants });
                }
                else
                {
                    terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{user.Id}  {user.Email}  {user.State}  {grants}"));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }
}
