'use strict';

// Buttons that copy what stands beside them; the answer is said to screen readers too, by the role of its place.
{
    const select = element => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const selection = window.getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
    };

    // Browsers offer the clipboard on HTTPS and localhost only, and may refuse it.
    const copy = async element => {
        try {
            await navigator.clipboard.writeText(element.textContent.trim());
            return true;
        } catch {
            select(element);
            return document.execCommand('copy');
        }
    };

    document.addEventListener('click', async event => {
        const button = event.target.closest('[data-copy]');
        if (!button) {
            return;
        }
        const done = await copy(document.getElementById(button.dataset.copy));
        const place = button.parentElement.querySelector('.copied');
        place.textContent = done ? gettext('Copied') : gettext('Selected: press Ctrl+C');
        window.setTimeout(() => { place.textContent = ''; }, 4000);
    });
}
