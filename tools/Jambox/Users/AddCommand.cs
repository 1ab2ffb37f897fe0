using System.CommandLine;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Releases;
using JamBox.Bench.Server;

namespace JamBox.Bench.Users;

/// <summary><c>user add</c>: the first user too, with the key that the server showed at its first start.</summary>
internal static class AddCommand
{
    /// <summary>Where a first password may stand.</summary>
    public const string PasswordVariable = "JAMBOX_USER_PASSWORD";

    /// <summary>Makes the command.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The command.</returns>
    public static Command Create(BenchTerminal terminal)
    {
        var email = new Argument<string>("EMAIL") { Description = "Address with which they sign in." };
        var role = new Option<string>("--role")
        {
            Description = "viewer, operator, admin, owner, maker, uploader or downloader.", DefaultValueFactory = static _ => "viewer",
        };
        var places = new Option<long[]>("--place")
        {
            Description = "Id of a place that it is for; may be said again. Without it: all places.", AllowMultipleArgumentsPerToken = true,
        };
        var name = new Option<string?>("--name") { Description = "Their name." };
        var password = new Option<bool>("--password")
        {
            Description = $"Give them a first password: it is asked for, or taken from {PasswordVariable}. Without it they are invited.",
        };
        Option<string?> server = ServerOptions.Server();
        Option<bool> json = ReleaseOptions.Json();
        var command = new BenchCommand(
            "add", "Make a user. The first one too, with the key that the server showed at its first start.",
            "jambox user add anna@example.org --role admin --password") { email, role, places, name, password, server, json };
        command.SetAction(async (parsed, stop) =>
        {
            using BackendClient client = ServerOptions.Connect(terminal, parsed.GetValue(server));
            long[] ids = parsed.GetValue(places) ?? [];
            var user = new NewUser(
                parsed.GetRequiredValue(email), parsed.GetValue(name), parsed.GetValue(role)!, ids.Length == 0 ? null : ids,
                parsed.GetValue(password) ? terminal.Secret(PasswordVariable, "First password") : null);
            CreatedUser made = await client.PostAsync<CreatedUser>("api/users", user, stop).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                terminal.Json(new { id = made.User.Id, email = made.User.Email, link = made.Link });
            }
            else
            {
                terminal.Line(
                    made.Link is { } link ? $"{made.User.Email} is invited, good once and for 7 days: {new Uri(client.Address, link)}"
                    : user.Password is null ? $"{made.User.Email} is invited by mail"
                    : $"{made.User.Email} may sign in at {new Uri(client.Address, "/sign-in")}");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
