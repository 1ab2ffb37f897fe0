using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.People;

/// <summary>
/// The words of the pages without a script, in a language. Every language has all of them: what is missing does not compile.
/// </summary>
internal sealed class PageTexts
{
    private static readonly PageTexts s_english = new()
    {
        Code = "en",
        SignIn = "Sign in",
        Email = "E-mail",
        Password = "Password",
        OneTimeCode = "Code, if you have set one up",
        Forgotten = "Forgotten the password?",
        NewPassword = "New password",
        MailLink = "Mail me a link",
        LookIntoMail = "Look into your mail",
        OnItsWay = "If there is an account of that address, a link is on its way. It is good for 30 minutes.",
        TooMany = "Too many tries",
        WaitQuarter = "Wait a quarter of an hour.",
        WaitMinute = "Wait a minute.",
        Account = "Your account",
        For = "For {0}: at least {1} characters. Three or four words do well.",
        Again = "Once more",
        SetPassword = "Set password",
        Over = "This link is not good any more",
        OverWhy = "It was used, or is too old.",
        AskNew = "Ask for a new one",
        AskInviter = "or ask whoever invited you.",
        NotFromHere = "Not from here",
        NotFromHereWhy = "This form must be sent from a page of this site.",
        NotNow = "Not now",
        NotNowWhy = "The server cannot reach its storage at the moment. Nothing was lost: go back and try again in a minute.",
        NeedsHttps = "Sign-in needs https",
        NeedsHttpsWhy = """
            Your password would travel to this server in the clear, and everybody on the way could read it. Open this page over
            <strong>https</strong>, or ask whoever runs this server to set up TLS: a proxy in front of it that has a certificate (and says
            <code>X-Forwarded-Proto</code>), or a certificate of its own (<code>Kestrel:Certificates</code>). Only where everybody on the
            way is trusted: <code>People:AllowPlainHttp=true</code>.
            """,
        Differ = "The two passwords differ",
        TooLong = "The password is too long",
        TooShort = "The password must have at least {0} characters",
        TooEasy = "The password is too easy to guess",
        Wrong = People.SignIn.Wrong,
        TooManyTries = People.SignIn.TooMany,
        Busy = People.SignIn.Busy,
        CodeNeeded = People.SignIn.CodeNeeded,
        CodeWrong = People.SignIn.CodeWrong,
    };

    private static readonly PageTexts s_spanish = new()
    {
        Code = "es",
        SignIn = "Entrar",
        Email = "Correo electrónico",
        Password = "Contraseña",
        OneTimeCode = "Código, si tiene uno configurado",
        Forgotten = "¿Ha olvidado la contraseña?",
        NewPassword = "Contraseña nueva",
        MailLink = "Enviarme un enlace",
        LookIntoMail = "Mire su correo",
        OnItsWay = "Si hay una cuenta con esa dirección, un enlace está en camino. Vale durante 30 minutos.",
        TooMany = "Demasiados intentos",
        WaitQuarter = "Espere un cuarto de hora.",
        WaitMinute = "Espere un minuto.",
        Account = "Su cuenta",
        For = "Para {0}: al menos {1} caracteres. Tres o cuatro palabras van bien.",
        Again = "Otra vez",
        SetPassword = "Guardar contraseña",
        Over = "Este enlace ya no vale",
        OverWhy = "Ya se usó, o es demasiado antiguo.",
        AskNew = "Pida uno nuevo",
        AskInviter = "o pregunte a quien le invitó.",
        NotFromHere = "No desde aquí",
        NotFromHereWhy = "Este formulario debe enviarse desde una página de este sitio.",
        NotNow = "Ahora no",
        NotNowWhy = "El servidor no llega a sus datos en este momento. No se ha perdido nada: vuelva e inténtelo dentro de un minuto.",
        NeedsHttps = "Para iniciar sesión hace falta https",
        NeedsHttpsWhy = """
            Su contraseña viajaría sin cifrar hasta este servidor, y cualquiera en el camino podría leerla. Abra esta página por
            <strong>https</strong>, o pida a quien lleva este servidor que configure TLS: un proxy delante con un certificado (y que diga
            <code>X-Forwarded-Proto</code>), o un certificado propio (<code>Kestrel:Certificates</code>). Solo donde todos en el camino
            son de confianza: <code>People:AllowPlainHttp=true</code>.
            """,
        Differ = "Las dos contraseñas son distintas",
        TooLong = "La contraseña es demasiado larga",
        TooShort = "La contraseña debe tener al menos {0} caracteres",
        TooEasy = "La contraseña es demasiado fácil de adivinar",
        Wrong = "El correo o la contraseña no son correctos",
        TooManyTries = "Demasiados intentos: espere un cuarto de hora",
        Busy = "Demasiadas personas inician sesión: inténtelo otra vez",
        CodeNeeded = "Hace falta un código: el de la aplicación de autenticación, o uno de recuperación",
        CodeWrong = "El código no es correcto, o ya se usó",
    };

    private static readonly PageTexts[] s_languages = [s_english, s_spanish];

    /// <summary>The language: <c>en</c>.</summary>
    public required string Code { get; init; }

    /// <summary>Heading and button.</summary>
    public required string SignIn { get; init; }

    /// <summary>Label.</summary>
    public required string Email { get; init; }

    /// <summary>Label.</summary>
    public required string Password { get; init; }

    /// <summary>Label.</summary>
    public required string OneTimeCode { get; init; }

    /// <summary>Link.</summary>
    public required string Forgotten { get; init; }

    /// <summary>Heading.</summary>
    public required string NewPassword { get; init; }

    /// <summary>Button.</summary>
    public required string MailLink { get; init; }

    /// <summary>Heading.</summary>
    public required string LookIntoMail { get; init; }

    /// <summary>Says nothing of whether there is such an account.</summary>
    public required string OnItsWay { get; init; }

    /// <summary>Heading.</summary>
    public required string TooMany { get; init; }

    /// <summary>After too many tries of an account.</summary>
    public required string WaitQuarter { get; init; }

    /// <summary>After too many tries of an address.</summary>
    public required string WaitMinute { get; init; }

    /// <summary>Heading.</summary>
    public required string Account { get; init; }

    /// <summary>{0} the address, {1} how long a password must be.</summary>
    public required string For { get; init; }

    /// <summary>Label.</summary>
    public required string Again { get; init; }

    /// <summary>Button.</summary>
    public required string SetPassword { get; init; }

    /// <summary>Heading.</summary>
    public required string Over { get; init; }

    /// <summary>Why.</summary>
    public required string OverWhy { get; init; }

    /// <summary>Link, followed by <see cref="AskInviter"/>.</summary>
    public required string AskNew { get; init; }

    /// <summary>Follows the link.</summary>
    public required string AskInviter { get; init; }

    /// <summary>Heading.</summary>
    public required string NotFromHere { get; init; }

    /// <summary>Why.</summary>
    public required string NotFromHereWhy { get; init; }

    /// <summary>Heading.</summary>
    public required string NotNow { get; init; }

    /// <summary>Why.</summary>
    public required string NotNowWhy { get; init; }

    /// <summary>Heading.</summary>
    public required string NeedsHttps { get; init; }

    /// <summary>Why: HTML.</summary>
    public required string NeedsHttpsWhy { get; init; }

    /// <summary>Refusal.</summary>
    public required string Differ { get; init; }

    /// <summary>Refusal.</summary>
    public required string TooLong { get; init; }

    /// <summary>Refusal; {0} how long a password must be.</summary>
    public required string TooShort { get; init; }

    /// <summary>Refusal.</summary>
    public required string TooEasy { get; init; }

    /// <summary>Refusal.</summary>
    public required string Wrong { get; init; }

    /// <summary>Refusal.</summary>
    public required string TooManyTries { get; init; }

    /// <summary>Refusal.</summary>
    public required string Busy { get; init; }

    /// <summary>Refusal.</summary>
    public required string CodeNeeded { get; init; }

    /// <summary>Refusal.</summary>
    public required string CodeWrong { get; init; }

    /// <summary>The words in the language that a browser wants most of those that there are; English unless it says.</summary>
    public static PageTexts Of(HttpRequest request)
    {
        // A header is a stranger's: what cannot be read says nothing.
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptLanguage, out IList<StringWithQualityHeaderValue>? wanted))
        {
            return s_english;
        }

        return wanted.Where(static one => one.Quality is not 0)
            .OrderByDescending(static one => one.Quality ?? 1)
            .Select(static one => Array.Find(s_languages, texts => IsOf(one.Value.AsSpan(), texts.Code)))
            .FirstOrDefault(static texts => texts is not null) ?? s_english;
    }

    /// <summary>Why signing in was refused, in these words.</summary>
    public string OfSignIn(string error) => error switch
    {
        People.SignIn.Wrong => Wrong,
        People.SignIn.TooMany => TooManyTries,
        People.SignIn.Busy => Busy,
        People.SignIn.CodeNeeded => CodeNeeded,
        People.SignIn.CodeWrong => CodeWrong,
        _ => error,
    };

    /// <summary>Whether a tag such as <c>es-MX</c> is of a language.</summary>
    private static bool IsOf(ReadOnlySpan<char> tag, string code)
    {
        int end = tag.IndexOf('-');
        return (end < 0 ? tag : tag[..end]).Equals(code, StringComparison.OrdinalIgnoreCase);
    }
}
