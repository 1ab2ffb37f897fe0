using JamBox.Backend.Operation;

namespace JamBox.Backend.People;

/// <summary><c>People:*</c>.</summary>
internal sealed class PeopleOptions
{
    /// <summary>The section.</summary>
    public const string Section = "People";

    /// <summary>Where people reach this server, such as https://count.example.org; without it no mail with a link is sent.</summary>
    [WebAddress]
    public Uri? Address { get; set; }

    /// <summary>
    /// Whether people may sign in over plain HTTP from other machines, where everybody on the way can read along; no unless said.
    /// </summary>
    public bool AllowPlainHttp { get; set; }

    /// <summary>Days after which a session is over, however busy, 1 to 365; 30 unless said.</summary>
    [WholeNumber(1, 365)]
    public int SessionDays { get; set; } = 30;

    /// <summary>Hours of silence after which a session is over, 1 to 8,760; 168 unless said.</summary>
    [WholeNumber(1, 8760)]
    public int IdleHours { get; set; } = 168;
}
