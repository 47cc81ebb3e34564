//! Reports in German and French of the failure that somebody has: `Wir bekommen bei jedem Abruf „…“`, `Graph renvoie « … »`.
//! What such a sentence supposes, denies, asks or tells of what was is no report of it; what is not known to be one is none.

use super::guard::{Place, QUOTES, has_word};

/// What a sentence says that the service answers, or that somebody is told.
const REPORTS: &str = "bekommen|bekomme|bekommt|erhalten|erhalte|erhält|sehen|sehe|antwortet|liefert|meldet|zeigt|schlägt|schlagen|\
    scheitert|scheitern|wirft|steht|kommt|kommen|gibt|endet|sagt|lautet|\
    échoue|échouent|recevons|reçois|reçoit|obtenons|obtiens|renvoie|retourne|répond|contient|affiche|voyons|vois|dit|donne";
/// Words by which a sentence is no report of what is.
const DOUBTS: &str = "falls|sofern|sobald|würde|würden|könnte|könnten|kann|können|sollte|sollten|soll|sollen|muss|müsste|dürfte|wird|\
    werden|nicht|nichts|kein|keine|keinen|keiner|nie|niemals|ohne|statt|anstatt|anstelle|gestern|früher|vorher|bisher|bis|\
    letzte|letzten|letztes|letzter|vorige|vorigen|voriges|damals|anfangs|zuvor|war|waren|hatte|hatten|wäre|wären|kollege|\
    kollegen|kollegin|andere|anderer|anderen|anderes|was|ob|angenommen|beispiel|beispielsweise|etwa|doku|dokumentation|\
    handbuch|anleitung|erwarten|erwartet|erwartete|testfall|vielleicht|vermutlich|eigentlich|selten|manchmal|laut|\
    si|devrait|devraient|pourrait|pourraient|pourrions|peut|peuvent|doit|doivent|sera|serait|seraient|ne|n|pas|plus|jamais|\
    aucun|aucune|sans|hier|avant|auparavant|dernier|dernière|autrefois|était|étaient|avait|avions|avais|collègue|collègues|\
    autre|autres|exemple|supposons|documentation|doc|attendu|attendons|jusqu|lieu|parfois|peut-être|est-ce|quel|que|qui|selon|\
    if|would|should|not|expected|before|previously";
/// What leads a clause that the words are in and that a sentence goes on from; behind them it tells when they come.
const WHEN: &str = "wenn|wann|quand|lorsque|lorsqu|dès";
/// What is over.
const OVER: &str = "behoben|gelöst|erledigt|verschwunden|weg|vorbei|gefixt|geklärt|funktioniert|läuft|résolu|résolue|corrigé|\
    corrigée|disparu|disparue|réglé|fonctionne|marche|solved|fixed|resolved";
/// What follows quoted words that are over, were explained, or are not there, in three languages.
pub(super) const OVER_BEHIND: &str = "ist weg|ist verschwunden|ist behoben|ist gelöst|ist erledigt|ist beseitigt|wurde behoben|\
    wurde gelöst|konnten wir beheben|gibt es nicht mehr|gibt es nicht|sehen wir nicht|sehen wir nicht mehr|werden sie nicht sehen|\
    lag an|lag am|kam von|kam vom|kommt nicht mehr|erscheint nicht|erscheint nicht mehr|tritt nicht auf|tritt nicht mehr auf|\
    trat nicht mehr auf|trat nicht wieder auf|\
    est corrigée|est résolue|est réglée|est corrigé|est résolu|est réglé|a été corrigée|a été résolue|a été corrigé|a été résolu|\
    a disparu|n'est plus|n’est plus|n'apparaît plus|n’apparaît plus|n'apparaît pas|n’apparaît pas|ne se produit plus|\
    ne se produit pas|venait du|venait de la|venait de|signifie que|\
    has not come back|has not reappeared|came from|is solved|is fixed|is resolved|was fixed|was solved|was resolved|no longer appears";
/// It is there all the same.
pub(super) const STILL: &str = "aber|but|mais|wieder|again|still|noch|toujours|encore|heute|jetzt|today|now|until|bis|jusqu|nous|je|\
    bekomme|bekommen|erhalte|erhalten|sehen wir|recevons|reçois|kommt";
/// What leads to words that are solved, or an example, or what a document says.
pub(super) const LABELS: &str = "gelöst:|erledigt:|behoben:|inzwischen gelöst:|beispiel:|beispiel für eine fehlermeldung:|beispiel für einen fehler:|\
    laut doku:|laut dokumentation:|résolu:|résolu :|exemple:|exemple :|exemple d'erreur:|exemple d'erreur :|c'est résolu|\
    le manuel indique|le manuel dit|la documentation indique|la documentation dit|solved meanwhile:|example error:|example message:|\
    example error message:|example of an error:|example of an error message:";
/// What stands behind the words on their line is not looked at further.
const TAIL: usize = 300;

/// Whether the words stand in quotes: what follows them is said of them.
pub(super) fn is_quoted(place: &Place<'_>, _: &str) -> bool {
    place.before.trim_end().ends_with(QUOTES)
}

/// Whether a sentence in lower case is a clause that supposes, and runs into words: `Falls Graph „…“ meldet`.
pub(super) fn is_supposed(lead: &str) -> bool {
    const FIRST: &str = "falls|wenn|sofern|sobald|angenommen|si|lorsque|supposons";
    let lead = lead.trim_start();
    let first = lead.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    !first.is_empty() && FIRST.split('|').any(|word| word == first) && !lead.contains([',', ':', ';', '='])
}

/// Whether a sentence in lower case that leads to words, with what stands behind them, reports a failure that is.
pub(super) fn is_report(lead: &str, behind: &str) -> bool {
    // `Seit gestern kommt …` is of now; `l'appel` and `n'est` are two words.
    let written =
        |text: &str| text.replace(['\'', '’'], " ").replace("seit gestern", "seit").replace("depuis hier", "depuis");
    let lead = written(lead.trim());
    if lead.contains('?') || !has_word(REPORTS, &lead) || has_word(DOUBTS, &lead) || has_word(WHEN, &lead) {
        return false;
    }
    let behind = crate::source::slice(behind, 0..TAIL).split(['\n', '\r']).next().unwrap_or_default();
    let behind = written(behind);
    let inner = behind.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '?');
    let own = inner.split(['.', '!']).next().unwrap_or_default();
    // A sentence of its own begins behind the mark that ends this one.
    let marks = behind.len() - inner.len();
    let ended = behind.get(..marks).is_some_and(|marks| marks.trim_end().ends_with(['.', '!', ';']));
    let own = if ended { "" } else { own };
    !own.contains('?') && !has_word(DOUBTS, own) && !has_word(OVER, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &str) -> bool {
        form.to_lowercase().split_once('§').is_some_and(|(lead, behind)| is_report(lead, behind))
    }

    #[test]
    fn what_somebody_reports() {
        for form in [
            "Der Aufruf schlägt fehl mit „§.“",
            "Wir bekommen den Fehler „§“.",
            "Wir erhalten bei jedem Abruf die Meldung „§.“.",
            "Im Protokoll steht bei jedem Aufruf „§“",
            "Seit gestern kommt „§“",
            "Das Portal zeigt „§“, wenn ein Berater die Besprechung öffnet.",
            "Wir bekommen „§.“. Was ist zu tun?",
            "L'appel échoue avec « §. »",
            "Nous recevons l'erreur « § ».",
            "L'application affiche « §. » depuis hier.",
            "Graph renvoie « §. » à chaque appel.",
        ] {
            assert!(check(form), "{form}");
        }
    }

    #[test]
    fn what_is_supposed() {
        for (lead, expected) in [
            ("falls graph „", true),
            ("wenn graph antwortet mit „", true),
            ("si graph renvoie « ", true),
            ("wenn wir das meeting lesen, kommt „", false),
            ("wenn ich es lese: „", false),
            ("graph antwortet „", false),
            ("", false),
        ] {
            assert_eq!(is_supposed(lead), expected, "{lead}");
        }
    }

    #[test]
    fn what_nobody_reports() {
        for form in [
            "Wir bekommen nicht „§“",
            "Wir bekommen „§“ nicht mehr.",
            "Wenn Graph antwortet mit „§“",
            "Falls Graph „§“ meldet",
            "Gestern kam „§“",
            "Letzte Woche erhalten: „§“",
            "Graph würde „§“ liefern",
            "Die Doku sagt: „§“",
            "Bekommen wir „§“, ob der Schalter an ist?",
            "Wir bekommen „§“. Das ist inzwischen behoben.",
            "Graph antwortet mit „§“, falls der Schalter aus ist.",
            "Mein Kollege bekommt „§“",
            "Was sagt „§“",
            "Si Graph renvoie « § »",
            "Nous ne recevons plus « § ».",
            "Hier l'appel renvoie « § »",
            "L'API devrait renvoyer « § »",
            "Graph renvoie « § » si le commutateur est éteint.",
            "Graph renvoie « § ». C'est résolu.",
            "Selon la documentation Graph renvoie « § »",
            "the service mentions „§“",
        ] {
            assert!(!check(form), "{form}");
        }
    }
}
