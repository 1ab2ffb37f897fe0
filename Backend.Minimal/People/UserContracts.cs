using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Wire;

using MimeKit;

namespace JamBox.Backend.People;

/// <summary>Addresses of users.</summary>
internal static class Email
{
    /// <summary>Characters at most.</summary>
    public const int MaxChars = 254;

    /// <summary>An address as it is stored and compared: small letters, no blanks around.</summary>
    /// <returns>Null when it is none.</returns>
    public static string? Normal(string? text)
    {
        string email = (text ?? "").Trim().ToLowerInvariant();
        return email.Length <= MaxChars
            && !email.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c))
            && email.Count(static c => c == '@') == 1
            && MailboxAddress.TryParse(email, out MailboxAddress? mailbox) && mailbox.Address == email && mailbox.Domain.Length > 0
                && mailbox.LocalPart.Length > 0
            ? email
            : null;
    }
}

/// <summary>
/// What an admin sends to make or change a user. In a change, what is absent keeps its value: a role alone is held where
/// the one before was.
/// </summary>
internal sealed partial class UserChange
{
    /// <summary>The fields of a new user.</summary>
    public static readonly FieldTable<UserChange> NewFields = new(
        new LongTextField<UserChange>("email", People.Email.MaxChars, static (c, v) => c.Email = v) { IsRequired = true },
        new LongTextField<UserChange>("password", Passwords.MaxChars, static (c, v) => c.Password = v),
        NameField, RoleField, PlacesField, EverywhereField, PlatformsField)
    {
        SchemaName = "NewUser",
    };

    /// <summary>The fields of a change.</summary>
    public static readonly FieldTable<UserChange> Fields = new(
        NameField, RoleField, PlacesField, EverywhereField, PlatformsField,
        new BoolField<UserChange>("disabled", static (c, v) => c.Disabled = v));

    /// <summary>The fields of somebody whom an owner lets in.</summary>
    public static readonly FieldTable<UserChange> GuestFields = new(
        new LongTextField<UserChange>("email", People.Email.MaxChars, static (c, v) => c.Email = v) { IsRequired = true },
        new TextField<UserChange>("role", ["viewer", "owner"], static (c, v) => c.Role = v) { IsRequired = true })
    {
        SchemaName = "PlaceGuest",
    };

    private static TextField<UserChange> NameField => new("name", static (c, v) => c.Name = v);

    private static TextField<UserChange> RoleField => new("role", Roles.Names, static (c, v) => c.Role = v);

    private static NumbersField<UserChange> PlacesField => new("places", 1, int.MaxValue, static (c, v) => c.Places = v)
    {
        IsNullRefused = true,
    };

    private static BoolField<UserChange> EverywhereField => new("everywhere", static (c, v) => c.IsEverywhere = v);

    private static ListField<UserChange> PlatformsField => new("platforms", 20, static (c, v) => c.Platforms = v);

    /// <summary>The address with which they sign in, at most 254 characters.</summary>
    [JsonPropertyName("email")]
    public string? Email { get; set; }

    /// <summary>A first password, 12 to 256 characters; without it an invitation is made.</summary>
    [JsonPropertyName("password")]
    public string? Password { get; set; }

    /// <summary>Their name, at most 64 characters.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>viewer, operator, admin, owner, maker, uploader or downloader.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; set; }

    /// <summary>
    /// The ids of the places that the role is for. Absent: a new user has it everywhere, one who is there where they had theirs.
    /// </summary>
    [JsonPropertyName("places")]
    public IReadOnlyList<int>? Places { get; set; }

    /// <summary>Whether the role is for all places, those to come too; not together with places.</summary>
    [JsonPropertyName("everywhere")]
    public bool IsEverywhere { get; set; }

    /// <summary>Platforms whose firmware they may download; <c>*</c> = all.</summary>
    [JsonPropertyName("platforms")]
    public IReadOnlyList<string>? Platforms { get; set; }

    /// <summary>Whether they are kept out.</summary>
    [JsonPropertyName("disabled")]
    public bool? Disabled { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Places is not null && Role is null ? "places: needs role"
        : IsEverywhere && Role is null ? "everywhere: needs role"
        : IsEverywhere && Places is not null ? "everywhere: not together with places"
        : Role == "owner" && IsEverywhere ? "places: an owner is one of named places"
        : Places is not null && Role is "maker" or "uploader" or "downloader" ? $"places: a {Role} is of no place"
        : Platforms?.All(static platform => platform == "*" || PlatformRule().IsMatch(platform)) == false ? "platforms: must be names such as esp32c3, or *"
        : null;

    /// <summary>What is said of their rights; null = nothing.</summary>
    public GrantChange? Grants() => Role is null ? null : new GrantChange(Enum.Parse<Role>(Role, ignoreCase: true), Places, IsEverywhere);

    [GeneratedRegex(@"^[a-z0-9-]{1,32}\z")]
    private static partial Regex PlatformRule();
}

/// <summary>A user. Neither password nor secret is ever among it.</summary>
/// <param name="Id">Their id; never given to another one.</param>
/// <param name="Email">The address with which they sign in.</param>
/// <param name="Name">Their name.</param>
/// <param name="State">active, invited (no password yet) or disabled.</param>
/// <param name="Grants">What they may, and where.</param>
/// <param name="Platforms">Platforms whose firmware they may download; <c>*</c> = all.</param>
/// <param name="HasTotp">Whether signing in takes a code too.</param>
/// <param name="CreatedAt">When they were made.</param>
/// <param name="CreatedBy">By whom.</param>
/// <param name="LastSignInAt">When they last signed in.</param>
internal sealed record UserRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("email")] string Email,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("state"), Words("active", "invited", "disabled")] string State,
    [property: JsonPropertyName("grants")] IReadOnlyList<GrantRow> Grants,
    [property: JsonPropertyName("platforms")] IReadOnlyList<string> Platforms,
    [property: JsonPropertyName("totp")] bool HasTotp,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("created_by")] string CreatedBy,
    [property: JsonPropertyName("last_sign_in_at")] DateTime? LastSignInAt);

/// <summary>A role, and where it is held.</summary>
/// <param name="Role">viewer, operator, admin, owner, maker, uploader or downloader.</param>
/// <param name="PlaceId">The place's id; null = everywhere.</param>
internal sealed record GrantRow(
    [property: JsonPropertyName("role"), Words(typeof(Role))] string Role,
    [property: JsonPropertyName("place_id")] long? PlaceId)
{
    /// <summary>As it is shown.</summary>
    public static GrantRow Of(Grant grant) => new(Roles.Name(grant.Role), grant.PlaceId);
}

/// <summary>A new user.</summary>
/// <param name="User">The user.</param>
/// <param name="Link">The path of the invitation, when it could not be mailed: good once, for 7 days; the only time that it is
/// shown.</param>
internal sealed record CreatedUser(
    [property: JsonPropertyName("user")] UserRow User,
    [property: JsonPropertyName("link")] string? Link);

/// <summary>Somebody with rights at a place.</summary>
/// <param name="UserId">Their id.</param>
/// <param name="Email">Their address.</param>
/// <param name="Role">viewer, owner or operator.</param>
internal sealed record PlaceUser(
    [property: JsonPropertyName("user_id")] long UserId,
    [property: JsonPropertyName("email")] string Email,
    [property: JsonPropertyName("role")] string Role);

/// <summary>What is sent to sign in, and to change what one signs in with; each endpoint takes its own part.</summary>
internal sealed class Credentials
{
    /// <summary>The fields of signing in.</summary>
    public static readonly FieldTable<Credentials> SignInFields = new(EmailField, PasswordField, CodeField) { SchemaName = "SignIn" };

    /// <summary>The field of forgetting.</summary>
    public static readonly FieldTable<Credentials> EmailFields = new(EmailField) { SchemaName = "ForgottenPassword" };

    /// <summary>The field of following a link.</summary>
    public static readonly FieldTable<Credentials> LinkFields = new(PasswordField) { SchemaName = "LinkedPassword" };

    /// <summary>The fields of a change of the password.</summary>
    public static readonly FieldTable<Credentials> PasswordFields = new(
        PasswordField, new LongTextField<Credentials>("new_password", Passwords.MaxChars, static (c, v) => c.NewPassword = v)
        {
            IsRequired = true,
        })
    {
        SchemaName = "PasswordChange",
    };

    /// <summary>The field that says that it is still the same person.</summary>
    public static readonly FieldTable<Credentials> ProofFields = new(PasswordField) { SchemaName = "PasswordProof" };

    /// <summary>The field of a code.</summary>
    public static readonly FieldTable<Credentials> CodeFields = new(
        new TextField<Credentials>("code", static (c, v) => c.Code = v) { IsRequired = true }) { SchemaName = "TotpCode" };

    private static LongTextField<Credentials> EmailField => new("email", People.Email.MaxChars, static (c, v) => c.Email = v)
    {
        IsRequired = true,
    };

    private static LongTextField<Credentials> PasswordField => new("password", Passwords.MaxChars, static (c, v) => c.Password = v)
    {
        IsRequired = true,
    };

    private static TextField<Credentials> CodeField => new("code", static (c, v) => c.Code = v);

    /// <summary>The address.</summary>
    [JsonPropertyName("email")]
    public string? Email { get; set; }

    /// <summary>The password.</summary>
    [JsonPropertyName("password")]
    public string? Password { get; set; }

    /// <summary>The new password, 12 to 256 characters.</summary>
    [JsonPropertyName("new_password")]
    public string? NewPassword { get; set; }

    /// <summary>Six digits of the authenticator program, or a recovery code.</summary>
    [JsonPropertyName("code")]
    public string? Code { get; set; }
}

/// <summary>Who is signed in.</summary>
/// <param name="User">The user.</param>
/// <param name="ExpiresAt">When the session is over, however busy.</param>
internal sealed record SignedIn(
    [property: JsonPropertyName("user")] UserRow User,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt);

/// <summary>A session of one's own.</summary>
/// <param name="CreatedAt">When it began.</param>
/// <param name="SeenAt">When it was last used, to ten minutes.</param>
/// <param name="Address">From where it began.</param>
/// <param name="Agent">The browser's own words.</param>
/// <param name="IsThis">Whether it is the one that asks.</param>
internal sealed record SessionRow(
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("seen_at")] DateTime SeenAt,
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("agent")] string? Agent,
    [property: JsonPropertyName("current")] bool IsThis);

/// <summary>A link that is good once, as a page shows it.</summary>
/// <param name="Kind">invite or reset.</param>
/// <param name="Email">Whose it is.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
internal sealed record LinkRow(
    [property: JsonPropertyName("kind"), Words("invite", "reset")] string Kind,
    [property: JsonPropertyName("email")] string Email,
    [property: JsonPropertyName("expires_at")] DateTime ExpiresAt);

/// <summary>A secret for an authenticator program; in force once a code of it was sent back.</summary>
/// <param name="Secret">In Base32.</param>
/// <param name="Address">For a QR code.</param>
internal sealed record TotpSecret(
    [property: JsonPropertyName("secret")] string Secret,
    [property: JsonPropertyName("address")] string Address);

/// <summary>Codes for the day on which the telephone is lost: each good once; the only time that they are shown.</summary>
/// <param name="Codes">Ten of them.</param>
internal sealed record RecoveryCodes([property: JsonPropertyName("recovery_codes")] IReadOnlyList<string> Codes);

/// <summary>What a user wants to hear of, and how.</summary>
internal sealed class NotificationChoice
{
    /// <summary>Kinds of notifications.</summary>
    public static readonly string[] Kinds = NoticeKind.All;

    /// <summary>Channels of a user.</summary>
    public static readonly string[] Channels = ["list", "mail"];

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<NotificationChoice> Fields = new(
        new ListField<NotificationChoice>("list", Kinds.Length, static (c, v) => c.List = v),
        new ListField<NotificationChoice>("mail", Kinds.Length, static (c, v) => c.Mail = v))
    {
        SchemaName = "NotificationChoiceChange",
    };

    /// <summary>Kinds that are shown in the user's own list; those that are absent are not. All, until something is chosen.</summary>
    [JsonPropertyName("list")]
    public IReadOnlyList<string> List { get; set; } = [];

    /// <summary>Kinds that are mailed to the user.</summary>
    [JsonPropertyName("mail")]
    public IReadOnlyList<string> Mail { get; set; } = [];

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        List.Concat(Mail).FirstOrDefault(static kind => !Kinds.Contains(kind)) is not null
            ? $"list, mail: must be some of {string.Join(", ", Kinds)}"
            : null;
}

/// <summary>Serializers of people, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(UserRow))]
[JsonSerializable(typeof(List<UserRow>))]
[JsonSerializable(typeof(CreatedUser))]
[JsonSerializable(typeof(List<PlaceUser>))]
[JsonSerializable(typeof(SignedIn))]
[JsonSerializable(typeof(List<SessionRow>))]
[JsonSerializable(typeof(LinkRow))]
[JsonSerializable(typeof(TotpSecret))]
[JsonSerializable(typeof(RecoveryCodes))]
[JsonSerializable(typeof(NotificationChoice))]
[JsonSerializable(typeof(Tiles))]
[JsonSerializable(typeof(UserMail))]
internal sealed partial class PeopleJson : JsonSerializerContext;
